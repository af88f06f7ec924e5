import { printable } from '../printable.ts';
import { INITIAL_ACCESS_TOKEN, REGISTRATION_ACCESS_TOKEN } from './authorization.ts';
import { SECRET_FIELDS } from './client-secrets.ts';
import { type Answer, objectIn, type RegistrationRequest } from './registration-request.ts';

/** By the code of the error (RFC 7591, section 3.2.2; RFC 6750, section 3.1). */
const BY_ERROR: Readonly<Record<string, string>> = {
  invalid_redirect_uri: 'Look at the redirect URIs: most OPs want https, and some a host that they know.',
  invalid_client_metadata: 'Change the field that the OP names, or leave it out. Not all OPs know all fields.',
  invalid_software_statement: 'The software_statement of the metadata file is not valid at this OP.',
  unapproved_software_statement: 'The software_statement of the metadata file is not approved at this OP.',
  insufficient_scope:
    'The token lacks a scope. WSO2 Identity Server asks for internal_dcr_create, or _view and _update.',
};

/** By the status, where the error says nothing. */
const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'The OP does not allow it: ask its administrator whether clients may be registered, from where and with what.',
  404: 'Nothing is there. Look at the address; of a client that was deleted, the configuration endpoint is gone too.',
  405: 'The OP does not support it: clients of this OP are changed in its console.',
  415: 'The OP does not take JSON here: the address is of something else.',
  429: 'Try again later.',
};

const REDIRECT =
  'Redirects are not followed, since the token would go along. If the new address is right, give it in place of the old one.';
const SERVER_FAILED =
  'The OP has failed: look into its log. Look there also whether it has done it, before you try again.';

/** What the OP says against a request, and what to do about it, without the secrets of the request. */
export function refusalText(request: RegistrationRequest, { statusCode, headers, text }: Answer): string {
  const { error, error_description: description } = objectIn(text) ?? {};
  const said = [error, description]
    .filter((part) => typeof part === 'string')
    .map((part) => withoutSecrets(part, request));
  const { location } = headers;
  const where = location !== undefined && isRedirect(statusCode) ? `, a redirect to ${printable(location)}` : '';
  const answered = `${printable(request.url)} answered ${statusCode}${where}${said.length === 0 ? '' : `: ${said.join(': ')}`}`;
  return `${answered}\n${advice(request, statusCode, String(error), headers['www-authenticate'])}`;
}

function advice(
  request: RegistrationRequest,
  statusCode: number,
  error: string,
  challenge: string | undefined,
): string {
  if (isRedirect(statusCode)) {
    return REDIRECT;
  }
  if (Object.hasOwn(BY_ERROR, error)) {
    return BY_ERROR[error] ?? '';
  }
  if (statusCode === 401 || error === 'invalid_token') {
    return unauthorized(request, challenge);
  }
  return BY_STATUS[statusCode] ?? (statusCode >= 500 ? SERVER_FAILED : 'The OP gives no reason: look into its log.');
}

/** @param challenge the header `WWW-Authenticate`, whose first word is the scheme that the OP wants */
function unauthorized({ method, authorization }: RegistrationRequest, challenge: string | undefined): string {
  const scheme = /^[A-Za-z][\w-]*/.exec(challenge ?? '')?.[0];
  const wanted = scheme === undefined ? '' : ` The OP asks for ${printable(scheme, 40)}.`;
  const basic = scheme?.toLowerCase() === 'basic' ? ' Give "Basic" and the credentials in place of a token.' : '';
  const name = method === 'POST' ? INITIAL_ACCESS_TOKEN : REGISTRATION_ACCESS_TOKEN;
  const what =
    authorization === undefined
      ? `The OP wants a token: set ${name}, or add --token-stdin.`
      : `The token is not good, or not any more: ${method === 'POST' ? 'many are for one registration' : 'many OPs give a new one with each answer'}.`;
  return `${what}${wanted}${basic}`;
}

function isRedirect(statusCode: number): boolean {
  return statusCode >= 300 && statusCode < 400;
}

/** Some servers repeat what they were sent. */
function withoutSecrets(text: string, { authorization, body }: RegistrationRequest): string {
  const credentials = authorization?.slice(authorization.indexOf(' ') + 1);
  const secrets = [credentials, ...SECRET_FIELDS.map((name) => body?.[name])];
  const hidden = secrets
    .filter((secret) => typeof secret === 'string' && secret !== '')
    .reduce<string>((rest, secret) => rest.replaceAll(String(secret), '(not shown)'), text);
  return printable(hidden);
}
