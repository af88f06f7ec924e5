import { expect, it } from 'vitest';
import { type AnsweredRequest, requestLine } from '../../../local/log/request-line.ts';

const request = { method: 'POST', path: '/backchannel-logout', status: 200, body: Buffer.from(''), milliseconds: 12.3 };
const refusal = '{"error":"invalid_request","error_description":"token_malformed: the logout token is not a JWS"}';

it.each<[string, Partial<AnsweredRequest>, string]>([
  ['a logout that was carried out', {}, 'POST /backchannel-logout 200 (12 ms)'],
  [
    'a refusal, with its reason code',
    { status: 400, body: Buffer.from(refusal) },
    'POST /backchannel-logout 400 token_malformed (12 ms)',
  ],
  [
    'an answer of the HTTP API itself',
    { method: 'GET', path: '/favicon.ico', status: 404, body: Buffer.from('{"message":"Not Found"}') },
    'GET /favicon.ico 404 (12 ms)',
  ],
  [
    'another description',
    { status: 400, body: Buffer.from('{"error_description":"Some words"}') },
    'POST /backchannel-logout 400 (12 ms)',
  ],
  ['what may be a token in the path', { path: `/a/${'x'.repeat(33)}/b`, status: 404 }, 'POST /a/.../b 404 (12 ms)'],
  ['what would steer the terminal', { path: '/\u001b[2J', status: 404 }, 'POST /\ufffd[2J 404 (12 ms)'],
])('the line of a request: %s', (_what, changes, line) => {
  expect(requestLine({ ...request, ...changes })).toBe(line);
});
