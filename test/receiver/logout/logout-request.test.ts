import { describe, expect, it } from 'vitest';
import { logoutTokenIn } from '../../../receiver/logout/logout-request.ts';
import type { Reason } from '../../../receiver/logout/reasons.ts';

const LIMITS = { maxBodyBytes: 16_384, maxTokenBytes: 8192 };
const FORM = 'application/x-www-form-urlencoded';
const post = (body: string, contentType: string | undefined = FORM) => ({
  method: 'POST',
  contentType,
  body: new TextEncoder().encode(body),
});

describe('the logout token is read', () => {
  it.each([
    ['alone', post('logout_token=a.b.c')],
    ['beside parameters that nobody knows', post('ignored_parameter=x+y%20z&logout_token=a.b.c&empty=')],
    ['with percent-encoding', post('logout%5Ftoken=a%2Eb%2Ec')],
    ['in a body that is as large as allowed', post(`x=&logout_token=a.b.c&y=${'x'.repeat(16_360)}`)],
    ['with a charset', post('logout_token=a.b.c', `${FORM};charset=UTF-8`)],
    [
      'whatever the case and spacing of the content type',
      post('logout_token=a.b.c', 'Application/X-WWW-Form-URLencoded ; charset=utf-8'),
    ],
  ])('%s', (_case, request) => {
    expect(logoutTokenIn(request, LIMITS)).toBe('a.b.c');
  });

  it('as large as allowed', () => {
    const token = 'x'.repeat(8192);
    expect(logoutTokenIn(post(`logout_token=${token}`), LIMITS)).toBe(token);
  });
});

describe('a request is refused', () => {
  it.each<[Reason, string, Parameters<typeof logoutTokenIn>[0]]>([
    ...['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'post'].map(
      (method): [Reason, string, Parameters<typeof logoutTokenIn>[0]] => [
        'method_not_allowed',
        method,
        { ...post('logout_token=a.b.c'), method },
      ],
    ),
    ['content_type_unsupported', 'JSON', post('{"logout_token":"a.b.c"}', 'application/json')],
    ['content_type_unsupported', 'no content type', { ...post('logout_token=a.b.c'), contentType: undefined }],
    ['content_type_unsupported', 'two content types', post('logout_token=a.b.c', `${FORM}, application/json`)],
    ['content_type_unsupported', 'multipart', post('logout_token=a.b.c', 'multipart/form-data; boundary=x')],
    ['logout_token_missing', 'an empty body', post('')],
    ['logout_token_missing', 'an empty token', post('logout_token=')],
    ['logout_token_missing', 'the parameter that old WSO2 sent', post('logoutToken=a.b.c')],
    ['logout_token_missing', 'the parameter in capitals', post('LOGOUT_TOKEN=a.b.c')],
    ['logout_token_missing', 'a byte order mark before it', post('\ufefflogout_token=a.b.c')],
    ['logout_token_repeated', 'two tokens', post('logout_token=a.b.c&logout_token=d.e.f')],
    ['logout_token_repeated', 'the same token twice', post('logout_token=a.b.c&logout_token=a.b.c')],
    ['body_too_large', 'a body of a byte too many', post(`x=&logout_token=a.b.c&y=${'x'.repeat(16_361)}`)],
    ['token_too_large', 'a token of a byte too many', post(`logout_token=${'x'.repeat(8193)}`)],
    ['token_too_large', 'a token whose bytes, not characters, are too many', post(`logout_token=${'ä'.repeat(4097)}`)],
  ])('%s: %s', (reason, _case, request) => {
    expect(() => logoutTokenIn(request, LIMITS)).toThrow(expect.objectContaining({ reason }));
  });
});
