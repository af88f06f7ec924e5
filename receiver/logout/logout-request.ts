import { Rejection } from './rejection.ts';

/** An HTTP request to the back-channel logout endpoint, whatever carried it here. */
export interface LogoutRequest {
  readonly method: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** What costs no more than a look at its size. In bytes. */
export interface RequestLimits {
  readonly maxBodyBytes: number;
  readonly maxTokenBytes: number;
}

/** Parameters do not matter: the token is ASCII in every charset that a form may have. */
const FORM = /^[ \t]*application\/x-www-form-urlencoded[ \t]*(;|$)/i;

/**
 * Reads the logout token out of a request (Back-Channel Logout 1.0, section 2.5). The query is never looked at.
 *
 * @throws Rejection where the request is none that holds exactly one token
 */
export function logoutTokenIn({ method, contentType, body }: LogoutRequest, limits: RequestLimits): string {
  if (method !== 'POST') {
    throw new Rejection('method_not_allowed');
  }
  if (!FORM.test(contentType ?? '')) {
    throw new Rejection('content_type_unsupported');
  }
  if (body.byteLength > limits.maxBodyBytes) {
    throw new Rejection('body_too_large');
  }
  // Other parameters that are not understood must be ignored.
  const [token, ...more] = new URLSearchParams(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)).getAll(
    'logout_token',
  );
  if (more.length > 0) {
    throw new Rejection('logout_token_repeated');
  }
  if (!token) {
    throw new Rejection('logout_token_missing');
  }
  if (Buffer.byteLength(token) > limits.maxTokenBytes) {
    throw new Rejection('token_too_large');
  }
  return token;
}
