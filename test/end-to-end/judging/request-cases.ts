import { accepted, FORM, formPost, type HttpMessage, type JudgedCase, postOf, refused } from './judged-case.ts';

const withMethod =
  (method: string) =>
  (token: string): HttpMessage => ({ ...postOf(token), method });

const withBody =
  (body: (token: string) => string | Buffer, contentType?: string) =>
  (token: string): HttpMessage =>
    formPost(body(token), contentType);

const withContentType = (contentType: string) => withBody((token) => `logout_token=${token}`, contentType);

const withHeaders =
  (...headers: string[]) =>
  (token: string): HttpMessage => ({ ...postOf(token), headers: [...postOf(token).headers, ...headers] });

/** Every character as %XX. */
const percentEncoded = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Rules on the request itself: Back-Channel Logout 1.0, section 2.5. */
export const REQUEST_CASES: readonly JudgedCase[] = [
  accepted('a form with the token alone'),
  accepted('a charset behind the content type, as Spring and Apache clients send it', {
    request: withContentType(`${FORM};charset=UTF-8`),
  }),
  accepted('a content type in capitals, with spaces', {
    request: withContentType('Application/X-WWW-Form-URLencoded ; charset="utf-8"'),
  }),
  accepted('parameters that nobody knows, before and behind the token', {
    request: withBody((token) => `ignored_parameter=a+b%20c&logout_token=${token}&empty=&&flag`),
  }),
  accepted('a percent-encoded token under a percent-encoded name', {
    request: withBody((token) => `${percentEncoded('logout_token')}=${percentEncoded(token)}`),
  }),
  accepted('a body in chunks, without a length', {
    request: (token) => ({
      method: 'POST',
      headers: ['Content-Type', FORM, 'Transfer-Encoding', 'chunked'],
      body: ['logout_', 'token=', token.slice(0, 100), token.slice(100)],
    }),
  }),
  accepted('no User-Agent but an empty one, as oidc-provider sends it', { request: withHeaders('User-Agent', '') }),
  accepted('an Origin and cookies, which mean nothing here', {
    request: withHeaders('Origin', 'https://op.example.com', 'Cookie', 'a=b; logout_token=c'),
  }),
  accepted('an Authorization header, which means nothing here', { request: withHeaders('Authorization', 'Bearer x') }),
  accepted('a query, which a backchannel_logout_uri may have (section 2.2)', {
    request: (token) => ({ ...postOf(token), query: '?tenant=a&logout_token=b' }),
  }),
  accepted('a body of 16 KiB', {
    request: withBody((token) => `logout_token=${token}&x=`.padEnd(16_384, 'x')),
  }),

  refused('method_not_allowed', 'GET with the token in the query', {
    request: (token) => ({ method: 'GET', headers: [], body: '', query: `?logout_token=${token}` }),
  }),
  ...['PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) =>
    refused('method_not_allowed', method, { request: withMethod(method) }),
  ),
  refused('method_not_allowed', 'OPTIONS as a CORS preflight', {
    request: () => ({
      method: 'OPTIONS',
      headers: ['Origin', 'https://op.example.com', 'Access-Control-Request-Method', 'POST'],
      body: '',
    }),
  }),
  refused('content_type_unsupported', 'JSON', {
    request: withBody((token) => JSON.stringify({ logout_token: token }), 'application/json'),
  }),
  refused('content_type_unsupported', 'a form that says it is JSON', { request: withContentType('application/json') }),
  refused('content_type_unsupported', 'the bare token, as a security event is pushed (RFC 8935)', {
    request: withBody((token) => token, 'application/secevent+jwt'),
  }),
  refused('content_type_unsupported', 'the bare token as a JWT', {
    request: withBody((token) => token, 'application/jwt'),
  }),
  refused('content_type_unsupported', 'multipart', { request: withContentType('multipart/form-data; boundary=x') }),
  refused('content_type_unsupported', 'text', { request: withContentType('text/plain') }),
  refused('content_type_unsupported', 'a content type that only begins like a form’s', {
    request: withContentType(`${FORM}x`),
  }),
  refused('content_type_unsupported', 'an empty content type', { request: withContentType('') }),
  refused('content_type_unsupported', 'no content type', {
    request: (token) => ({ ...postOf(token), headers: ['Content-Length', String(`logout_token=${token}`.length)] }),
  }),
  refused('content_type_unsupported', 'two content types', {
    request: withHeaders('Content-Type', 'application/json'),
  }),
  refused('logout_token_missing', 'an empty body', { request: withBody(() => '') }),
  refused('logout_token_missing', 'an empty token', { request: withBody(() => 'logout_token=') }),
  refused('logout_token_missing', 'the token in the query alone, as old CAS sent it', {
    request: (token) => ({ ...formPost(''), query: `?logout_token=${token}` }),
  }),
  refused('logout_token_missing', 'the parameter that old WSO2 sent', {
    request: withBody((token) => `logoutToken=${token}`),
  }),
  refused('logout_token_missing', 'the parameter in capitals', {
    request: withBody((token) => `LOGOUT_TOKEN=${token}`),
  }),
  refused('logout_token_missing', 'the parameter as an array of PHP or Rails', {
    request: withBody((token) => `logout_token[]=${token}`),
  }),
  refused('logout_token_missing', 'a body that is encoded twice', {
    request: withBody((token) => encodeURIComponent(`logout_token=${token}`)),
  }),
  refused('logout_token_missing', 'a body in UTF-16, whatever its charset says', {
    request: withBody((token) => Buffer.from(`logout_token=${token}`, 'utf16le'), `${FORM};charset=utf-16`),
  }),
  refused('logout_token_repeated', 'two tokens', {
    request: withBody((token) => `logout_token=x&logout_token=${token}`),
  }),
  refused('logout_token_repeated', 'the same token twice', {
    request: withBody((token) => `logout_token=${token}&logout_token=${token}`),
  }),
  refused('logout_token_repeated', 'a second one that is empty, and one percent-encoded', {
    request: withBody((token) => `logout_token=${token}&logout%5Ftoken=`),
  }),
  refused('body_too_large', 'a body of 16 KiB and a byte', {
    request: withBody((token) => `logout_token=${token}&x=`.padEnd(16_385, 'x')),
  }),
  refused('body_too_large', 'a body of a megabyte', {
    request: withBody((token) => `logout_token=${token}&x=`.padEnd(1_048_576, 'x')),
  }),
  refused('token_too_large', 'a token of a byte more than allowed, in a body that is not too large', {
    request: withBody((token) => `logout_token=${token.padEnd(8193, 'x')}`),
  }),
  refused('token_malformed', 'a token with a blank before it', {
    request: withBody((token) => `logout_token=+${token}`),
  }),
  refused('token_malformed', 'a token with a line break behind it', {
    request: withBody((token) => `logout_token=${token}%0A`),
  }),
  refused('token_malformed', 'a token with bytes that are not UTF-8', {
    request: withBody((token) => `logout_token=${token}%ff%fe`),
  }),
  refused('token_malformed', 'a token in quotes', { request: withBody((token) => `logout_token="${token}"`) }),
  refused('token_malformed', 'a token with Bearer before it', {
    request: withBody((token) => `logout_token=Bearer+${token}`),
  }),
];
