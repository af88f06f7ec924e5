import { FailedError } from '../command-error.ts';
import { clientInformation } from './client-information.ts';
import { type ClientMetadata, withoutDefaults } from './client-metadata.ts';
import type { RegistrationRequest } from './registration-request.ts';

/** What was asked for, and what the OP made of it. */
export interface Registration {
  readonly sent: ClientMetadata;
  readonly answer: ClientMetadata;
}

/** What the OP says of a client, and no client may say (RFC 7592, section 2.2). */
const OF_THE_OP = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/**
 * Registers a client (RFC 7591, section 3).
 *
 * @throws FailedError
 */
export async function registered(
  request: Omit<RegistrationRequest, 'method' | 'body'>,
  metadata: ClientMetadata,
  allowPrivateAddresses: boolean,
): Promise<Registration> {
  const sent = withoutDefaults(metadata, {});
  return { sent, answer: await clientInformation({ ...request, method: 'POST', body: sent }, allowPrivateAddresses) };
}

/**
 * Updates a client. An update takes the place of all metadata (RFC 7592, section 2.2), so what the client has is read first
 * and sent along.
 *
 * @param onNewToken is told what was read where the OP has put another registration access token in the place of the one
 *   that it was read with (section 3): the old one is void by then
 * @throws FailedError
 */
export async function updated(
  request: Omit<RegistrationRequest, 'method' | 'body'>,
  changes: ClientMetadata,
  allowPrivateAddresses: boolean,
  onNewToken: (information: ClientMetadata) => void,
): Promise<Registration> {
  const current = await clientInformation({ ...request, method: 'GET' }, allowPrivateAddresses);
  if (typeof current.client_id !== 'string') {
    throw new FailedError(
      `${request.url} answered without client_id: it is not the configuration endpoint of a client.`,
    );
  }
  const authorization = nextAuthorization(request.authorization, current);
  if (authorization !== request.authorization) {
    onNewToken(current);
  }
  const sent = {
    ...Object.fromEntries(Object.entries(current).filter(([name]) => !OF_THE_OP.includes(name))),
    ...withoutDefaults(changes, current),
    client_id: current.client_id,
  };
  const { url } = request;
  const answer = await clientInformation({ method: 'PUT', url, authorization, body: sent }, allowPrivateAddresses);
  return { sent, answer };
}

/** A token that the OP has replaced is replaced here. Other credentials stay. */
function nextAuthorization(authorization: string | undefined, current: ClientMetadata): string | undefined {
  const { registration_access_token: token } = current;
  return typeof token === 'string' && /^Bearer /i.test(authorization ?? '') ? `Bearer ${token}` : authorization;
}
