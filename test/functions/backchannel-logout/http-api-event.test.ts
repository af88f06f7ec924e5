import { describe, expect, it } from 'vitest';
import { logoutRequestFrom } from '../../../functions/backchannel-logout/http-api-event.ts';

const event = (changes: object = {}) => ({
  version: '2.0',
  routeKey: 'ANY /backchannel-logout',
  rawPath: '/backchannel-logout',
  rawQueryString: 'logout_token=ignored',
  queryStringParameters: { logout_token: 'ignored' },
  headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'logout.example.com' },
  requestContext: { http: { method: 'POST', path: '/backchannel-logout' }, requestId: 'r' },
  body: Buffer.from('logout_token=a.b.c').toString('base64'),
  isBase64Encoded: true,
  ...changes,
});

const read = (changes?: object) => {
  const { body, ...rest } = logoutRequestFrom(event(changes));
  return { ...rest, body: Buffer.from(body).toString() };
};

describe('an HTTP API event', () => {
  it.each([
    ['a base64 body', {}, 'logout_token=a.b.c'],
    ['a body of text', { body: 'logout_token=ä', isBase64Encoded: false }, 'logout_token=ä'],
    ['no body', { body: undefined, isBase64Encoded: false }, ''],
  ])('gives the request with %s', (_case, changes, body) => {
    expect(read(changes)).toEqual({ method: 'POST', contentType: 'application/x-www-form-urlencoded', body });
  });

  it('gives the request without a content type', () => {
    expect(read({ headers: {} }).contentType).toBeUndefined();
  });

  it.each([
    ['of payload format 1.0', { version: '1.0' }],
    ['without a method', { requestContext: {} }],
    ['without headers', { headers: undefined }],
  ])('%s is refused: the function is wired to something else', (_case, changes) => {
    expect(() => read(changes)).toThrow(/./);
  });
});
