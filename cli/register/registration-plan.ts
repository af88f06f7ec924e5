import { isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { FailedError, UsageError } from '../command-error.ts';
import { issuerArgument } from '../openid-provider/issuer-argument.ts';
import { fetchProviderDocument } from '../openid-provider/provider-document.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../terminal.ts';
import { authorizationFrom, INITIAL_ACCESS_TOKEN, REGISTRATION_ACCESS_TOKEN } from './authorization.ts';
import { type ClientMetadata, type MetadataOptions, requestedMetadata } from './client-metadata.ts';

export interface RegisterOptions extends MetadataOptions {
  readonly registrationEndpoint?: string | undefined;
  readonly clientConfigurationEndpoint?: string | undefined;
  readonly tokenStdin?: boolean | undefined;
  readonly allowPrivateAddresses?: boolean | undefined;
}

/** What is to be done, before anything is. */
export interface RegistrationPlan {
  readonly issuer: string;
  readonly isUpdate: boolean;
  /** The registration endpoint, or that of the client's configuration. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** What is asked for. */
  readonly metadata: ClientMetadata;
  readonly allowPrivateAddresses: boolean;
}

const ENDPOINT = 'an https: URL without fragment (http: only on loopback)';

/**
 * Reads what is to be done off the command line, and where a registration goes to, off the OP's discovery document.
 *
 * @throws UsageError, FailedError
 */
export async function registrationPlan(
  typedIssuer: string,
  options: RegisterOptions,
  terminal: Terminal,
): Promise<RegistrationPlan> {
  const {
    registrationEndpoint,
    clientConfigurationEndpoint,
    tokenStdin = false,
    allowPrivateAddresses = false,
  } = options;
  const issuer = issuerArgument(typedIssuer);
  const metadata = requestedMetadata(options);
  const isUpdate = clientConfigurationEndpoint !== undefined;
  requireSense(metadata, options);
  const name = isUpdate ? REGISTRATION_ACCESS_TOKEN : INITIAL_ACCESS_TOKEN;
  const authorization = await authorizationFrom(name, tokenStdin, terminal);
  if (isUpdate && authorization === undefined) {
    throw new UsageError(`an update needs the registration access token: set ${name}, or add --token-stdin`);
  }
  const url =
    clientConfigurationEndpoint ?? registrationEndpoint ?? (await announcedEndpoint(issuer, allowPrivateAddresses));
  return { issuer, isUpdate, url, authorization, metadata, allowPrivateAddresses };
}

function requireSense(metadata: ClientMetadata, options: RegisterOptions): void {
  const { registrationEndpoint, clientConfigurationEndpoint } = options;
  if (registrationEndpoint !== undefined && clientConfigurationEndpoint !== undefined) {
    throw new UsageError(
      '--registration-endpoint is for a new client, --client-configuration-endpoint for one that is there',
    );
  }
  requireEndpoint('--registration-endpoint', registrationEndpoint);
  requireEndpoint('--client-configuration-endpoint', clientConfigurationEndpoint);
  if (clientConfigurationEndpoint === undefined && metadata.redirect_uris === undefined) {
    throw new UsageError('a client needs at least one --redirect-uri (OpenID Connect Registration 1.0, section 2)');
  }
  if (Object.keys(metadata).length === 0) {
    throw new UsageError('nothing to change: add an option, or --metadata FILE');
  }
}

function requireEndpoint(option: string, url: string | undefined): void {
  if (url !== undefined && !isSecureUrl(url)) {
    throw new UsageError(`${option}: found ${printable(url)}, allowed: ${ENDPOINT}`);
  }
}

/** As for its keys: http only to an OP that is on loopback itself. */
async function announcedEndpoint(issuer: string, allowPrivateAddresses: boolean): Promise<string> {
  const { read, jwksUri, findings } = await fetchProviderDocument(issuer, allowPrivateAddresses);
  if (!read || jwksUri === undefined) {
    const { text = '', advice = '' } = findings[0] ?? {};
    throw new FailedError(`${text}\n${advice}`);
  }
  const { registration_endpoint: endpoint } = read.metadata;
  if (endpoint === undefined) {
    throw new FailedError(
      `${issuer} announces no registration_endpoint.\nIf it has one, name it: --registration-endpoint URL. That of WSO2 Identity Server ends in /api/identity/oauth2/dcr/v1.1/register.`,
    );
  }
  if (!isSecureUrl(endpoint) || (/^http:/i.test(endpoint) && !/^http:/i.test(issuer))) {
    throw new FailedError(
      `The registration_endpoint is not https: ${printable(endpoint)}\nHave the OP announce ${ENDPOINT}.`,
    );
  }
  return endpoint;
}
