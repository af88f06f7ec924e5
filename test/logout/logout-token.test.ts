import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeySource } from '../../functions/jwks/key-source.ts';
import { verifyLogoutToken } from '../../functions/logout/logout-token.ts';
import type { Reason } from '../../functions/logout/rejection.ts';
import { parseRelyingParties, type RelyingParty } from '../../functions/relying-parties/relying-parties.ts';
import { EVENTS, startIssuer, type TestIssuer } from '../issuer.ts';
import { newTable } from '../tables.ts';

const NOW = Math.floor(Date.now() / 1000);
const BCL = 'http://schemas.openid.net/event/backchannel-logout';

let op: TestIssuer;
let keys: KeySource;
let relyingParties: RelyingParty[];

beforeAll(async () => {
  op = await startIssuer('RS256', 'ES256', 'EdDSA', 'PS384');
  await op.addKey('RS256', 'unpublished', false);
  keys = new KeySource(await newTable('jwksCache'), (error) => {
    throw error;
  });
  const { issuer } = op;
  relyingParties = parseRelyingParties(
    JSON.stringify({
      relyingParties: [
        { issuer, clientId: 'shop' },
        { issuer, clientId: 'forum' },
        { issuer, clientId: 'strict', typ: 'logout+jwt', algorithms: ['ES256'], maxTokenAgeSeconds: 60 },
        { issuer: 'https://elsewhere.example.com', clientId: 'elsewhere' },
      ],
    }),
    'test',
  );
});

afterAll(async () => {
  await op.stop();
});

type Claims = Record<string, unknown>;
type Change = (claims: Claims) => object | string;

const valid = (): Claims => ({
  iss: op.issuer,
  aud: 'shop',
  iat: NOW,
  exp: NOW + 120,
  jti: 'f0c1',
  events: EVENTS,
  sub: 'alice',
  sid: 'a1',
});

const without =
  (...names: string[]): Change =>
  (claims) =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

const having =
  (changes: Claims): Change =>
  (claims) => ({ ...claims, ...changes });

async function verdict(change: Change, header: Record<string, unknown> = {}): Promise<unknown> {
  return await verifyLogoutToken(await op.sign(change(valid()), header), NOW, relyingParties, keys);
}

describe('a logout token is accepted', () => {
  it.each<[string, Change, Record<string, unknown>?]>([
    ['as the specification has it', having({}), { typ: 'logout+jwt' }],
    ['without typ, as WSO2 Identity Server and the certification suite send it', having({})],
    ['with typ JWT, as Ory Hydra sends it', without('sub', 'exp'), { typ: 'JWT' }],
    ['with the full media type as typ, in any case', having({}), { typ: 'Application/Logout+JWT' }],
    ['without sub', without('sub')],
    ['without sid', without('sid')],
    ['without exp', without('exp')],
    ['with aud as a list', having({ aud: ['shop'] })],
    ['with azp that aud names', having({ azp: 'shop' })],
    [
      'with claims that nobody knows',
      having({ ignored_claim: { a: [1] }, typ: 'Logout', logout_reason: 'user_logout' }),
    ],
    [
      'with a second event whose value is no object, as Keycloak sends it',
      having({ events: { ...EVENTS, revoke_offline_access: true } }),
    ],
    ['with an event that has members', having({ events: { [BCL]: { why: 'because' } } })],
    ['with iat as far in the future as clocks may differ', having({ iat: NOW + 60 })],
    ['with iat of a fraction', having({ iat: NOW - 0.5 })],
    ['with exp as far in the past as clocks may differ', having({ exp: NOW - 59 })],
    ['that lives an hour, as Janssen sends it', having({ exp: NOW + 3600, nbf: NOW })],
    ['an hour old', having({ iat: NOW - 3600 })],
    ['signed with ES256', having({}), { alg: 'ES256' }],
    ['signed with EdDSA', having({}), { alg: 'EdDSA' }],
    ['signed with PS384', having({}), { alg: 'PS384' }],
    ['without kid where one key fits the alg', having({}), { alg: 'ES256', kid: undefined }],
    [
      'with jku, x5u and jwk that lead elsewhere, which are not followed',
      having({}),
      { jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/', jwk: { kty: 'oct', k: 'AAAA' } },
    ],
  ])('%s', async (_case, change, header) => {
    expect(await verdict(change, header)).toMatchObject({ relyingParties: [{ clientId: 'shop' }] });
  });

  it('for each of our clients that aud names', async () => {
    expect(await verdict(having({ aud: ['forum', 'shop'] }))).toMatchObject({
      relyingParties: [{ clientId: 'shop' }, { clientId: 'forum' }],
    });
  });

  it('by a strict relying party when it is strictly right', async () => {
    expect(await verdict(having({ aud: 'strict' }), { alg: 'ES256', typ: 'logout+jwt' })).toMatchObject({
      relyingParties: [{ clientId: 'strict' }],
      claims: { sub: 'alice', sid: 'a1', jti: 'f0c1', iat: NOW },
    });
  });
});

describe('a logout token is refused', () => {
  it.each<[Reason, string, Change, Record<string, unknown>?]>([
    ['issuer_unknown', 'iss missing', without('iss')],
    ['issuer_unknown', 'iss of somebody else', having({ iss: 'https://op.example.com' })],
    [
      'issuer_unknown',
      'iss with INVALID behind it, as the certification suite sends it',
      (c) => ({ ...c, iss: `${c.iss}INVALID` }),
    ],
    ['issuer_unknown', 'iss with a slash behind it', (c) => ({ ...c, iss: `${c.iss}/` })],
    ['issuer_unknown', 'iss as a list', (c) => ({ ...c, iss: [c.iss] })],
    ['audience_mismatch', 'aud missing', without('aud')],
    [
      'audience_mismatch',
      'aud with INVALID behind it, as the certification suite sends it',
      having({ aud: 'shopINVALID' }),
    ],
    ['audience_mismatch', 'aud of a client of another issuer', having({ aud: 'elsewhere' })],
    ['audience_mismatch', 'aud as an object', having({ aud: { shop: true } })],
    ['audience_mismatch', 'aud as an empty list', having({ aud: [] })],
    ['audience_untrusted', 'aud with a client that is none of ours', having({ aud: ['shop', 'mallory'] })],
    ['audience_untrusted', 'aud with something that is no client', having({ aud: ['shop', 7] })],
    ['azp_mismatch', 'azp of another client', having({ azp: 'forum' })],
    ['alg_not_allowed', 'alg outside the list of the relying party', having({ aud: 'strict' }), { typ: 'logout+jwt' }],
    ['alg_not_allowed', 'alg outside the list of one of two relying parties', having({ aud: ['shop', 'strict'] })],
    ['typ_not_allowed', 'typ at+jwt', having({}), { typ: 'at+jwt' }],
    ['typ_not_allowed', 'typ secevent+jwt', having({}), { typ: 'secevent+jwt' }],
    ['typ_not_allowed', 'typ empty', having({}), { typ: '' }],
    ['typ_not_allowed', 'typ no string', having({}), { typ: 1 }],
    ['typ_not_allowed', 'typ missing where it must be there', having({ aud: 'strict' }), { alg: 'ES256' }],
    ['typ_not_allowed', 'typ JWT where it must be logout+jwt', having({ aud: 'strict' }), { alg: 'ES256', typ: 'JWT' }],
    ['crit_unsupported', 'crit', having({}), { crit: ['urn:example:unknown'], 'urn:example:unknown': true }],
    ['key_not_found', 'kid that the issuer does not publish', having({}), { kid: 'unpublished' }],
    ['iat_invalid', 'iat missing', without('iat')],
    ['iat_invalid', 'iat a string', having({ iat: `${NOW}` })],
    ['iat_invalid', 'iat null', having({ iat: null })],
    ['iat_in_future', 'iat further in the future than clocks differ', having({ iat: NOW + 61 })],
    ['token_too_old', 'iat too long ago', having({ iat: NOW - 3660 })],
    [
      'token_too_old',
      'iat too long ago for this relying party',
      having({ aud: 'strict', iat: NOW - 120 }),
      { alg: 'ES256', typ: 'logout+jwt' },
    ],
    ['exp_invalid', 'exp a string', having({ exp: `${NOW}` })],
    ['token_expired', 'exp long past', having({ exp: NOW - 60 })],
    ['nbf_invalid', 'nbf a string', having({ nbf: 'now' })],
    ['token_not_yet_valid', 'nbf in the future', having({ nbf: NOW + 61 })],
    ['scope_missing', 'neither sub nor sid', without('sub', 'sid')],
    ['sub_invalid', 'sub empty', having({ sub: '' })],
    ['sub_invalid', 'sub a number', having({ sub: 7 })],
    ['sub_invalid', 'sub null', having({ sub: null })],
    ['sid_invalid', 'sid empty', having({ sid: '' })],
    ['sid_invalid', 'sid a list', having({ sid: ['a1'] })],
    ['sid_invalid', 'sid without end', having({ sid: 'x'.repeat(1025) })],
    ['events_invalid', 'events missing: it may be an ID token', without('events')],
    [
      'events_invalid',
      'another event, as the certification suite sends it',
      having({ events: { 'http://schemas.openid.net/event/foobar': {} } }),
    ],
    ['events_invalid', 'the event with https', having({ events: { [BCL.replace('http:', 'https:')]: {} } })],
    ['events_invalid', 'events a list', having({ events: [BCL] })],
    ['events_invalid', 'events a string', having({ events: BCL })],
    ['events_invalid', 'the event null', having({ events: { [BCL]: null } })],
    ['events_invalid', 'the event true', having({ events: { [BCL]: true } })],
    ['events_invalid', 'the event a list', having({ events: { [BCL]: [] } })],
    ['nonce_present', 'nonce', having({ nonce: 'n-0S6_WzA2Mj' })],
    ['nonce_present', 'nonce null', having({ nonce: null })],
    ['jti_invalid', 'jti missing', without('jti')],
    ['jti_invalid', 'jti empty', having({ jti: '' })],
    ['jti_invalid', 'jti a number', having({ jti: 1 })],
    ['jti_invalid', 'jti without end, which would be logged', having({ jti: 'x'.repeat(1025) })],
    ['token_malformed', 'a payload that is a list', () => '[]'],
    ['token_malformed', 'a payload that is null', () => 'null'],
    ['token_malformed', 'a payload that is no JSON', () => 'iss=alice'],
    ['token_malformed', 'kid no string', having({}), { kid: 1, alg: 'RS256' }],
  ])('%s: %s', async (reason, _case, change, header = {}) => {
    const token =
      header.kid === 1
        ? resigned(await op.sign(change(valid())), { alg: 'RS256', kid: 1 })
        : await op.sign(change(valid()), header);
    await expect(verifyLogoutToken(token, NOW, relyingParties, keys)).rejects.toMatchObject({ reason });
  });

  /** The token with another header; its signature no longer fits. */
  function resigned(token: string, header: object): string {
    const [, payload, signature] = token.split('.');
    return `${encode(header)}.${payload}.${signature}`;
  }

  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[Reason, string, (token: string) => string]>([
    [
      'alg_not_allowed',
      'alg none with an empty signature, as the certification suite sends it',
      (t) => `${encode({ alg: 'none' })}.${t.split('.')[1]}.`,
    ],
    ['alg_not_allowed', 'alg nOnE', (t) => resigned(t, { alg: 'nOnE' })],
    [
      'alg_not_allowed',
      'alg HS256, where the public key could be taken for the secret',
      (t) => resigned(t, { alg: 'HS256', kid: 'rs256' }),
    ],
    ['alg_not_allowed', 'alg missing', (t) => resigned(t, { kid: 'rs256' })],
    ['alg_not_allowed', 'alg of an object’s prototype', (t) => resigned(t, { alg: 'toString' })],
    ['crit_unsupported', 'b64 false', (t) => resigned(t, { alg: 'RS256', kid: 'rs256', b64: false, crit: ['b64'] })],
    ['key_not_found', 'alg of another key than kid names', (t) => resigned(t, { alg: 'PS256', kid: 'rs256' })],
    [
      'signature_invalid',
      'another payload under the signature',
      (t) => t.replace(/\.[^.]+\./, `.${encode({ ...valid(), sub: 'bob' })}.`),
    ],
    [
      'signature_invalid',
      'another header over the signature',
      (t) => resigned(t, { alg: 'RS256', kid: 'rs256', typ: 'JWT' }),
    ],
    ['signature_invalid', 'an empty signature', (t) => t.replace(/[^.]+$/, '')],
    [
      'token_malformed',
      'a signature with stray bits',
      (t) => `${t.slice(0, -1)}${String.fromCharCode(t.charCodeAt(t.length - 1) + 1)}`,
    ],
    ['token_malformed', 'a signature in the other base64 alphabet', (t) => `${t.slice(0, -4)}+/+/`],
    ['token_malformed', 'padding', (t) => `${t}==`],
    ['token_malformed', 'white space', (t) => `${t}\n`],
    ['token_malformed', 'two parts', (t) => t.split('.').slice(0, 2).join('.')],
    ['token_malformed', 'four parts', (t) => `${t}.${t.split('.')[2]}`],
    ['token_encrypted', 'five parts', (t) => `${t}.a.b`],
    ['token_malformed', 'words', () => 'not a token'],
    ['token_malformed', 'JSON serialization', (t) => JSON.stringify({ payload: t.split('.')[1] })],
    [
      'token_malformed',
      'a payload that is not UTF-8',
      (t) => t.replace(/\.[^.]+\./, `.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.`),
    ],
  ])('%s: %s', async (reason, _case, change) => {
    const token = change(await op.sign(valid()));
    await expect(verifyLogoutToken(token, NOW, relyingParties, keys)).rejects.toMatchObject({ reason });
  });

  it('key_ambiguous: no kid, and several keys that fit', async () => {
    const other = await startIssuer('RS256');
    await other.addKey('RS256', 'second');
    const parties = relyingParties.slice(0, 1).map((party) => ({ ...party, issuer: other.issuer }));
    const token = await other.sign({ ...valid(), iss: other.issuer }, { kid: undefined });
    await expect(verifyLogoutToken(token, NOW, parties, keys)).rejects.toMatchObject({ reason: 'key_ambiguous' });
    await other.stop();
  });

  it('key_unusable: an RSA key of fewer than 2048 bits', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const other = await startIssuer();
    other.published.push({ ...publicKey.export({ format: 'jwk' }), kid: 'short', kty: 'RSA' });
    const input = `${encode({ alg: 'RS256', kid: 'short' })}.${encode({ ...valid(), iss: other.issuer })}`;
    const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
    const parties = relyingParties.slice(0, 1).map((party) => ({ ...party, issuer: other.issuer }));
    await expect(verifyLogoutToken(token, NOW, parties, keys)).rejects.toMatchObject({ reason: 'key_unusable' });
    await other.stop();
  });
});

it('a token whose kid names several published keys is tried with each', async () => {
  const other = await startIssuer('RS256');
  await other.addKey('RS256', 'rs256');
  other.published.reverse();
  const parties = relyingParties.slice(0, 1).map((party) => ({ ...party, issuer: other.issuer }));
  const token = await other.sign({ ...valid(), iss: other.issuer });
  expect(await verifyLogoutToken(token, NOW, parties, keys)).toMatchObject({ claims: { jti: 'f0c1' } });
  await other.stop();
});

it.each<[string, Change, object?]>([
  ['whose claims are wrong', without('events')],
  ['that is too old', having({ iat: 1 })],
  ['whose alg is not allowed', having({}), { alg: 'HS256' }],
])('a token %s costs no look at any key', async (_case, change, header) => {
  const other = await startIssuer('RS256');
  const parties = relyingParties.slice(0, 1).map((party) => ({ ...party, issuer: other.issuer }));
  const claims = { ...Object(change(valid())), iss: other.issuer };
  const [, payload, signature] = (await other.sign(claims)).split('.');
  const forged = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'rs256', ...header })).toString('base64url');
  await expect(verifyLogoutToken(`${forged}.${payload}.${signature}`, NOW, parties, keys)).rejects.toMatchObject({
    name: 'Rejection',
  });
  expect([...other.requests]).toEqual([]);
  await other.stop();
});

it('a token that names no configured issuer or client costs no look at any key', async () => {
  const other = await startIssuer('RS256');
  await expect(
    verifyLogoutToken(await other.sign({ ...valid(), iss: other.issuer }), NOW, relyingParties, keys),
  ).rejects.toMatchObject({ reason: 'issuer_unknown' });
  expect([...other.requests]).toEqual([]);
  await other.stop();
});
