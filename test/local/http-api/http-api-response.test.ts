import { describe, expect, it } from 'vitest';
import { httpApiResponse } from '../../../local/http-api/http-api-response.ts';

const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain;charset=UTF-8' };

describe('what a function returns', () => {
  it.each<[string, unknown, { status: number; headers: object; cookies?: string[]; body: string }]>([
    ['a status alone', { statusCode: 204 }, { status: 204, headers: {}, body: '' }],
    ['a status as text', { statusCode: '201' }, { status: 201, headers: {}, body: '' }],
    ['a body without a type', { statusCode: 200, body: 'ä' }, { status: 200, headers: text, body: 'ä' }],
    ['a type', { statusCode: 200, headers: json, body: '{}' }, { status: 200, headers: json, body: '{}' }],
    [
      'headers',
      { statusCode: 405, headers: { Allow: 'POST', 'X-Number': 1, 'x-boolean': true } },
      { status: 405, headers: { allow: 'POST', 'x-number': '1', 'x-boolean': 'true' }, body: '' },
    ],
    [
      'headers of the connection, which are not its own to set',
      { statusCode: 200, headers: { Connection: 'close', 'Content-Length': '99', 'transfer-encoding': 'chunked' } },
      { status: 200, headers: {}, body: '' },
    ],
    [
      'a base64 body',
      { statusCode: 200, headers: json, body: 'e30=', isBase64Encoded: true },
      { status: 200, headers: json, body: '{}' },
    ],
    [
      'cookies',
      { statusCode: 200, cookies: ['a=1; Path=/', 'b=2'] },
      { status: 200, headers: {}, cookies: ['a=1; Path=/', 'b=2'], body: '' },
    ],
    ['nulls', { statusCode: 200, headers: null, cookies: null, body: null }, { status: 200, headers: {}, body: '' }],
    ['an object without a status', { ok: true }, { status: 200, headers: json, body: '{"ok":true}' }],
    ['text', 'hello', { status: 200, headers: json, body: 'hello' }],
    ['nothing', null, { status: 200, headers: json, body: 'null' }],
    ['a list', [1], { status: 200, headers: json, body: '[1]' }],
  ])('becomes the response: %s', (_what, returned, { body, ...expected }) => {
    const response = httpApiResponse(returned);
    expect({ ...response, body: response?.body.toString() }).toEqual({ cookies: [], ...expected, body });
  });

  it.each<[string, unknown]>([
    ['a status that is no number', { statusCode: 'ok' }],
    ['a status that is none', { statusCode: 99 }],
    ['a status of null', { statusCode: null }],
    ['a body that is no text', { statusCode: 200, body: { ok: true } }],
    ['a header with a line break', { statusCode: 200, headers: { location: '/\r\nset-cookie: a=1' } }],
    ['a header that is none', { statusCode: 200, headers: { 'a b': '1' } }],
    ['a header that is a list', { statusCode: 200, headers: { a: ['1'] } }],
    ['a cookie with a line break', { statusCode: 200, cookies: ['a=1\n'] }],
  ])('is no response: %s', (_what, returned) => {
    expect(httpApiResponse(returned)).toBeUndefined();
  });
});
