import { ASYMMETRIC_ALGORITHMS } from '../../../receiver/relying-parties/signature-algorithms.ts';
import { underHeader } from '../../logout-token.ts';
import { accepted, type JudgedCase, refused } from './judged-case.ts';

const UNSIGNED = [
  'none',
  'None',
  'nOnE',
  '',
  'toString',
  '__proto__',
  'RS1',
  'HS256',
  'HS384',
  'HS512',
  'ES256K',
  'dir',
];
const OTHER_KINDS = [
  'at+jwt',
  'application/at+jwt',
  'dpop+jwt',
  'secevent+jwt',
  'id_token+jwt',
  'JOSE',
  'logout',
  'jwt+x',
];

const unsignedToken = (header: object) => (token: string) => underHeader(token, header).replace(/[^.]+$/, '');

/** Rules on the header of the JWS: Back-Channel Logout 1.0, section 2.6, step 3; RFC 8725, sections 3.1, 3.10 and 3.11. */
export const HEADER_CASES: readonly JudgedCase[] = [
  ...ASYMMETRIC_ALGORITHMS.map((alg) => accepted(`signed with ${alg}`, { header: { alg } })),
  accepted('the one alg that the relying party is pinned to', { client: 'pinned', header: { alg: 'ES256' } }),
  ...['logout+jwt', 'Logout+JWT', 'application/logout+jwt', 'APPLICATION/LOGOUT+JWT', 'JWT', 'jwt'].map((typ) =>
    accepted(`typ ${typ}`, { header: { typ } }),
  ),
  accepted('typ missing'),
  accepted('typ logout+jwt where it must be', { client: 'strict', header: { typ: 'logout+jwt' } }),
  accepted('typ application/logout+jwt where it must be logout+jwt', {
    client: 'strict',
    header: { typ: 'application/logout+jwt' },
  }),
  accepted('typ missing where the strict profile is overridden', { client: 'lenient-strict' }),
  accepted('cty and header parameters that nobody knows', {
    header: { cty: 'x', x: 1, 'x5t#S256': 'abc', x5t: 'abc' },
  }),

  ...UNSIGNED.map((alg) =>
    refused('alg_not_allowed', `alg ${alg || 'empty'}, with a signature`, {
      token: (token) => underHeader(token, { alg, kid: 'rs256' }),
    }),
  ),
  refused('alg_not_allowed', 'alg none, no signature', { token: unsignedToken({ alg: 'none' }) }),
  refused('alg_not_allowed', 'alg missing', { token: (token) => underHeader(token, { kid: 'rs256' }) }),
  refused('alg_not_allowed', 'alg a list', { token: (token) => underHeader(token, { alg: ['RS256'], kid: 'rs256' }) }),
  refused('alg_not_allowed', 'alg in lower case', { token: (token) => underHeader(token, { alg: 'rs256' }) }),
  refused('alg_not_allowed', 'an alg that the relying party is not pinned to, with a published key', {
    client: 'pinned',
    header: { alg: 'RS256' },
  }),
  refused('alg_not_allowed', 'an alg that one of two relying parties does not allow', {
    claims: (claims) => ({ ...claims, aud: ['shop', 'pinned'] }),
  }),
  ...OTHER_KINDS.map((typ) => refused('typ_not_allowed', `typ ${typ}`, { header: { typ } })),
  refused('typ_not_allowed', 'typ empty', { header: { typ: '' } }),
  refused('typ_not_allowed', 'typ application/ and nothing', { header: { typ: 'application/' } }),
  refused('typ_not_allowed', 'typ with application/ within', { header: { typ: 'logoutapplication/+jwt' } }),
  refused('typ_not_allowed', 'typ with a parameter', { header: { typ: 'logout+jwt; charset=utf-8' } }),
  refused('typ_not_allowed', 'typ of another tree', { header: { typ: 'text/logout+jwt' } }),
  refused('typ_not_allowed', 'typ a number', { header: { typ: 1 } }),
  refused('typ_not_allowed', 'typ null', { header: { typ: null } }),
  refused('typ_not_allowed', 'typ a list', { header: { typ: ['logout+jwt'] } }),
  refused('typ_not_allowed', 'typ missing in the strict profile', { client: 'strict' }),
  refused('typ_not_allowed', 'typ JWT in the strict profile', { client: 'strict', header: { typ: 'JWT' } }),
  refused('typ_not_allowed', 'typ missing where one of two relying parties is strict', {
    claims: (claims) => ({ ...claims, aud: ['shop', 'strict'] }),
  }),
  refused('crit_unsupported', 'crit with an extension that nobody knows', {
    header: { crit: ['urn:example:unknown'], 'urn:example:unknown': true },
  }),
  ...[[], ['exp'], 'exp', null].map((crit) =>
    refused('crit_unsupported', `crit ${JSON.stringify(crit)}`, {
      token: (token) => underHeader(token, { alg: 'RS256', kid: 'rs256', crit }),
    }),
  ),
  refused('crit_unsupported', 'b64 false, critical', {
    token: (token) => underHeader(token, { alg: 'RS256', kid: 'rs256', b64: false, crit: ['b64'] }),
  }),
  refused('crit_unsupported', 'b64 false, not critical', { header: { b64: false } }),
  ...[1, null, ['rs256'], { a: 1 }].map((kid) =>
    refused('token_malformed', `kid ${JSON.stringify(kid)}`, {
      token: (token) => underHeader(token, { alg: 'RS256', kid }),
    }),
  ),
];
