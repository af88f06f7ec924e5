import { aroundPayload, encoded, underHeader } from '../../logout-token.ts';
import { accepted, type JudgedCase, refused } from './judged-case.ts';

const part = (token: string, index: number) => token.split('.')[index] ?? '';

/** Another spelling of the last character: the bits that base64url leaves over are not zero. */
const withStrayBits = (token: string) =>
  `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(token.length - 1) + 1)}`;

const jsonSerialization = (token: string) => ({
  payload: part(token, 1),
  protected: part(token, 0),
  signature: part(token, 2),
});

/** Rules on the form of the token: RFC 7515, section 7.1; RFC 7519, section 3. */
export const SERIALIZATION_CASES: readonly JudgedCase[] = [
  accepted('members of the payload in another order', {
    claims: (claims) => Object.fromEntries(Object.entries(claims).reverse()),
  }),
  accepted('a payload with white space and escapes', {
    claims: (claims) => JSON.stringify(claims, undefined, 2).replace('"sub"', '"\\u0073ub"'),
  }),
  accepted('a member of the payload named __proto__', {
    claims: (claims) => JSON.stringify(claims).replace('{', '{"__proto__":{"nonce":"x"},'),
  }),

  refused('token_malformed', 'words', { token: () => 'not a token' }),
  refused('token_malformed', 'one part', { token: (token) => part(token, 1) }),
  refused('token_malformed', 'two parts', { token: (token) => token.split('.').slice(0, 2).join('.') }),
  refused('token_malformed', 'four parts', { token: (token) => `${token}.${part(token, 2)}` }),
  refused('token_malformed', 'four parts, under a kid that is not published', {
    token: (token) => `${underHeader(token, { alg: 'RS256', kid: 'not there' })}.${part(token, 2)}`,
  }),
  refused('token_malformed', 'six parts', { token: (token) => `${token}.a.b.c` }),
  refused('token_malformed', 'dots alone', { token: () => '..' }),
  refused('token_malformed', 'padding', { token: (token) => `${token}==` }),
  refused('token_malformed', 'the other base64 alphabet', { token: (token) => `${token.slice(0, -4)}+/+/` }),
  refused('token_malformed', 'a signature with stray bits', { token: withStrayBits }),
  refused('token_malformed', 'white space within', { token: (token) => token.replace('.', '. ') }),
  refused('token_malformed', 'JSON serialization', { token: (token) => JSON.stringify(jsonSerialization(token)) }),
  refused('token_malformed', 'general JSON serialization', {
    token: (token) => JSON.stringify({ ...jsonSerialization(token), signatures: [] }),
  }),
  refused('token_malformed', 'a detached payload (RFC 7515, appendix F)', {
    token: (token) => `${part(token, 0)}..${part(token, 2)}`,
  }),
  refused('token_malformed', 'a token in a token', { token: (token) => aroundPayload(token, `"${token}"`) }),
  ...[
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"iss"'],
    ['no JSON', 'iss=alice'],
    ['nothing', ''],
    ['two objects', '{}{}'],
    ['JSON with a comment', '{/* */}'],
    ['JSON behind a byte order mark', '\ufeff{}'],
    ['nested without end', '['.repeat(4000)],
  ].map(([name, payload = '']) =>
    refused('token_malformed', `a payload that is ${name}`, { token: (token) => aroundPayload(token, payload) }),
  ),
  refused('token_malformed', 'a payload that is not UTF-8', {
    token: (token) => [part(token, 0), Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url'), part(token, 2)].join('.'),
  }),
  refused('token_malformed', 'a header that is a list', { token: (token) => underHeader(token, ['RS256']) }),
  refused('token_malformed', 'a header that is no JSON', { token: (token) => underHeader(token, 'RS256') }),
  refused('token_malformed', 'an empty header', { token: (token) => token.replace(/^[^.]+/, '') }),
  refused('alg_not_allowed', 'a header that is an empty object', {
    token: (token) => token.replace(/^[^.]+/, encoded({})),
  }),
];
