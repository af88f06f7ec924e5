import { describe, expect, it } from 'vitest';
import { logoutRequestFrom } from '../../../functions/backchannel-logout/gateway-event.ts';
import { restApiEvent } from '../rest-api-event.ts';

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

const FORM = 'application/x-www-form-urlencoded';

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
    ['of another payload format', { version: '3.0' }],
    ['of payload format 1.0 in name only', { version: '1.0' }],
    ['without a method', { requestContext: {} }],
    ['without headers', { headers: undefined }],
  ])('%s is refused: the function is wired to something else', (_case, changes) => {
    expect(() => read(changes)).toThrow(/./);
  });
});

describe('a REST API event', () => {
  const read = (changes: object) => {
    const { body, ...rest } = logoutRequestFrom({ ...restApiEvent('POST', '/backchannel-logout'), ...changes });
    return { ...rest, body: Buffer.from(body).toString() };
  };

  it.each([
    ['a body of text', { body: 'logout_token=a.b.c' }, 'logout_token=a.b.c'],
    [
      'a base64 body',
      { body: Buffer.from('logout_token=ä').toString('base64'), isBase64Encoded: true },
      'logout_token=ä',
    ],
    ['no body', { body: null }, ''],
  ])('gives the request with %s', (_case, changes, body) => {
    expect(read({ ...changes, multiValueHeaders: { 'Content-Type': [FORM] } })).toEqual({
      ...{ method: 'POST', contentType: FORM, body },
    });
  });

  it.each<[string, object | null, string | undefined]>([
    ['in lower case, as over HTTP/2', { 'content-type': [FORM] }, FORM],
    ['in capitals', { 'CONTENT-TYPE': [FORM] }, FORM],
    ['twice', { 'Content-Type': [FORM, 'text/plain'] }, `${FORM},text/plain`],
    [
      'twice, each written in its way',
      { 'Content-Type': ['text/plain'], 'content-type': [FORM] },
      `text/plain,${FORM}`,
    ],
    ['never', { Accept: ['*/*'] }, undefined],
    ['never, without any header', null, undefined],
  ])('has the content type that was sent %s', (_case, multiValueHeaders, contentType) => {
    expect(read({ multiValueHeaders, headers: { 'Content-Type': 'application/json' } }).contentType).toBe(contentType);
  });

  it.each([
    ['without a method', { httpMethod: undefined }],
    ['without an address', { requestContext: { identity: {} } }],
    ['that does not say how its body is encoded', { isBase64Encoded: undefined }],
  ])('%s is refused: the function is wired to something else', (_case, changes) => {
    expect(() => read(changes)).toThrow(/./);
  });
});
