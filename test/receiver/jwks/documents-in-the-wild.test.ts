import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { jwksFrom } from '../../../receiver/jwks/jwks.ts';
import { keySet, keysIn } from '../../../receiver/jwks/key-set.ts';
import { useFleet } from './fleet.ts';

/** One key of each type, as it should be published; `kid` is `k`. */
const published: Record<string, JWK> = {};

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { publicKey } = await generateKeyPair(alg, { extractable: true });
    published[alg] = { ...(await exportJWK(publicKey)), kid: 'k', use: 'sig', alg };
  }
});

/** How many keys a token is tried with, or why with none; read twice, as from the issuer and from the cache table. */
async function found(document: unknown, alg: string, kid: string | undefined): Promise<number | string> {
  const { jwks } = jwksFrom(jwksFrom(document).jwks);
  const fetched = { jwks, source: '', fetchedAt: 0, asOf: 0, freshUntil: 0 };
  const result = await keysIn(keySet(fetched, undefined), alg, kid);
  return 'keys' in result ? result.keys.length : result.problem;
}

type Change = (key: JWK) => Record<string, unknown>;
const having =
  (members: Record<string, unknown>): Change =>
  (key) => ({ ...key, ...members });
const without =
  (...names: string[]): Change =>
  (key) =>
    Object.fromEntries(Object.entries(key).filter(([name]) => !names.includes(name)));
const recoded =
  (name: 'n' | 'e' | 'x', recode: (bytes: Buffer) => string): Change =>
  (key) => ({ ...key, [name]: recode(Buffer.from(String(key[name]), 'base64url')) });
const zeroBefore = (bytes: Buffer) => Buffer.concat([Buffer.from([0]), bytes]).toString('base64url');

describe('a key is taken', () => {
  it.each<[string, string, string, Change]>([
    ['without use', 'auth0/node-jwks-rsa#70 (OneLogin)', 'RS256', without('use')],
    ['with use null', 'Abblix/Oidc.Server#263', 'RS256', having({ use: null })],
    ['with use ""', 'RFC 7517, 4.2; auth0/node-jwks-rsa#24', 'RS256', having({ use: '' })],
    ['without alg', 'agentgateway/agentgateway#477 (Entra ID)', 'RS256', without('alg')],
    ['with alg ""', 'Abblix/Oidc.Server#263, of the same kind', 'RS256', having({ alg: '' })],
    ['with alg RSA256', 'aertje/cloud-tasks-emulator#99', 'RS256', having({ alg: 'RSA256' })],
    ['with alg RSA', 'GluuFederation/oxAuth#4, of the same kind', 'RS256', having({ alg: 'RSA' })],
    ['with alg EC', 'GluuFederation/oxAuth#4', 'ES256', having({ alg: 'EC' })],
    ['with the name of its Java algorithm', 'of the same kind', 'RS256', having({ alg: 'SHA256withRSA' })],
    ['for EdDSA by its newer name', 'RFC 9864, 2.2; sebadob/rauthy#1663', 'EdDSA', having({ alg: 'Ed25519' })],
    ['for Ed25519 by its older name', 'RFC 8037, 3.1', 'Ed25519', having({ alg: 'EdDSA' })],
    ['with key_ops null', 'Abblix/Oidc.Server#263, of the same kind', 'RS256', having({ key_ops: null })],
    ['with key_ops []', 'the same', 'RS256', having({ key_ops: [] })],
    ['with key_ops sign, of the private key', 'bluesky-social/atproto#4103', 'RS256', having({ key_ops: ['sign'] })],
    ['with key_ops sign and verify', 'RFC 7517, 4.3', 'RS256', having({ key_ops: ['sign', 'verify'] })],
    ['with key_ops as a text', 'JanssenProject/jans#3777', 'RS256', having({ key_ops: 'verify' })],
    ['with members of other types that are null', 'Abblix/Oidc.Server#263', 'ES256', having({ n: null, d: null })],
    ['with x5c null, empty or a text', 'nhynes/jwk-rs#3', 'RS256', having({ x5c: 'MIIC', x5t: '', x5u: null })],
    ['with a kid that is a number', 'cisco/node-jose#109', 'RS256', having({ kid: 7 })],
    [
      'with n in base64, not base64url',
      'IdentityServer/IdentityServer3#732',
      'RS256',
      recoded('n', (n) => n.toString('base64')),
    ],
    ['with n padded', 'MicahParks/keyfunc#30', 'RS256', (key) => ({ ...key, n: `${key.n}==` })],
    [
      'with a zero before n',
      'cloudfoundry/uaa#449, MicahParks/jwkset#23 (Firebase)',
      'RS256',
      recoded('n', zeroBefore),
    ],
    ['with a zero before e', 'terrakube-io/terrakube#2936', 'RS256', recoded('e', zeroBefore)],
    ['with members that nobody knows', 'RFC 7517, 4', 'RS256', having({ iat: 1, ext: 'yes', status: {} })],
  ])('%s (%s)', async (_case, _source, alg, change) => {
    const key = change(published[alg === 'Ed25519' ? 'EdDSA' : alg] ?? {});
    expect(await found({ keys: [key] }, alg, String(key.kid))).toBe(1);
    expect(await found({ keys: [key] }, alg, undefined)).toBe(1);
  });
});

describe('a key is not taken', () => {
  it.each<[string, string, string, Change]>([
    ['with use enc', 'marcjazz/authkestra#341', 'RS256', having({ use: 'enc' })],
    ['with a use of another type', 'RFC 7517, 4.2: what it allows is not known', 'RS256', having({ use: 7 })],
    [
      'with alg RSA-OAEP',
      'RFC 8725, 3.1; greenpau/caddy-security#170 (Keycloak)',
      'RS256',
      having({ alg: 'RSA-OAEP', use: undefined }),
    ],
    ['with alg ECDH-ES+A128KW', 'RFC 8725, 3.1', 'ES256', having({ alg: 'ECDH-ES+A128KW' })],
    ['with the alg of another signature', 'RFC 8725, 3.1', 'RS256', having({ alg: 'PS256' })],
    ['with alg ES256K', 'RFC 8812, 3.2', 'ES256', having({ alg: 'ES256K' })],
    ['with alg HS256', 'RFC 8725, 2.1', 'RS256', having({ alg: 'HS256' })],
    ['with alg none', 'RFC 8725, 3.2', 'RS256', having({ alg: 'none' })],
    ['with an alg of another type', 'RFC 7517, 4.4: what it allows is not known', 'RS256', having({ alg: ['RS256'] })],
    ['with key_ops encrypt', 'kelvinmo/simplejwt#27', 'RS256', having({ key_ops: ['encrypt'], use: undefined })],
    ['with key_ops of another type', 'RFC 7517, 4.3', 'RS256', having({ key_ops: { verify: true } })],
    [
      'on a curve that is not the algorithm’s',
      'openid-certification/oidctest#225',
      'ES256',
      having({ crv: 'secp256k1' }),
    ],
    ['with x5c alone', 'RFC 7518, 6.3.1: n and e are needed; panva/jose#96', 'RS256', without('n', 'e')],
    ['with e as a number', 'levino/mock-jwks#38', 'RS256', having({ e: 65_537 })],
    ['without kty', 'RFC 7517, 4.1', 'RS256', without('kty')],
    ['of a type that came later', 'FusionAuth/fusionauth-jwt#80', 'RS256', having({ kty: 'AKP', alg: 'ML-DSA-44' })],
    ['that is a secret', 'RFC 8725, 2.1', 'RS256', having({ kty: 'oct', k: 'AAAA' })],
  ])('%s (%s), and spoils no other', async (_case, _source, alg, change) => {
    const good = published[alg] ?? {};
    const odd = change({ ...good, kid: 'odd' });
    expect(await found({ keys: [odd, good] }, alg, 'k')).toBe(1);
    expect(await found({ keys: [odd, good] }, alg, 'odd')).toMatch(/^key_(not_found|unusable)$/);
  });
});

describe('of several keys of one kid', () => {
  it.each<[string, string, (key: JWK) => unknown[], number]>([
    [
      'that for signatures, whatever comes first',
      'opensearch-project/security#4618 (Keycloak)',
      (key) => [{ ...key, use: 'enc', alg: 'RSA-OAEP' }, key],
      1,
    ],
    [
      'that for the algorithm',
      'keycloak/keycloak#14794, #15616',
      (key) => [{ ...key, alg: 'RS512' }, { ...key, alg: 'RS384' }, key],
      1,
    ],
    [
      'one of each type',
      'RFC 7517, 4.5; latchset/jwcrypto#268',
      (key) => [{ ...published.ES256, kid: key.kid }, key],
      1,
    ],
    ['once what is there twice', 'RFC 7517, 5', (key) => [key, { ...key, use: null }, { ...key, use: '' }, key], 2],
  ])('is found %s (%s)', async (_case, _source, keys, count) => {
    expect(await found({ keys: keys(published.RS256 ?? {}) }, 'RS256', 'k')).toBe(count);
  });
});

describe('a document', () => {
  it.each<[string, string, (key: JWK) => unknown]>([
    ['with other members', 'RFC 7517, 5', (key) => ({ keys: [key], issuer: 'x', expires_in: '1' })],
    ['with null among the keys', 'apigee/microgateway-edgeauth#40', (key) => ({ keys: [key, null] })],
    ['with texts and lists among the keys', 'lestrrat-go/jwx#2264', (key) => ({ keys: ['', [key], key] })],
  ])('is taken %s (%s)', async (_case, _source, document) => {
    expect(await found(document(published.RS256 ?? {}), 'RS256', 'k')).toBe(1);
  });

  it.each<[string, string, (key: JWK) => unknown]>([
    ['without keys', 'nov/json-jwt#125', () => ({})],
    ['whose keys are null', 'HewlettPackard/py-spiffe#176', () => ({ keys: null })],
    ['whose keys are an object', 'RFC 7517, 5.1', (key) => ({ keys: { k: key } })],
    ['that is a key', 'RFC 7517, 5', (key) => key],
    ['that is a list', 'RFC 7517, 5', (key) => [key]],
    ['in another one', 'RFC 7517, 5', (key) => ({ jwks: { keys: [key] } })],
    ['of certificates by kid', 'google/jwt_verify_lib#33', () => ({ k: '-----BEGIN CERTIFICATE-----' })],
    ['that is a text', 'nov/json-jwt#125', () => 'hello'],
  ])('is not taken %s (%s)', (_case, _source, document) => {
    expect(() => jwksFrom(document(published.RS256 ?? {}))).toThrow();
  });
});

describe('an answer', () => {
  const fleet = useFleet();
  const body = () => Buffer.from(JSON.stringify({ keys: fleet.op.published }));
  const bomb = () => Buffer.from(JSON.stringify({ keys: fleet.op.published, padding: 'x'.repeat(8_000_000) }));
  const packed =
    (encoding: string, pack: (body: Buffer) => Buffer, content = body) =>
    (response: ServerResponse) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(content()));
  const plain = (before: string, after: string) => (response: ServerResponse) =>
    response.end(`${before}${body().toString()}${after}`);

  it.each<[string, string, (response: ServerResponse) => unknown]>([
    ['in gzip, which was not asked for', 'letsencrypt/boulder#3749 (Varnish)', packed('gzip', gzipSync)],
    ['in x-gzip', 'RFC 9110, 8.4.1.3', packed('X-GZIP', gzipSync)],
    ['in deflate', 'RFC 9110, 8.4.1.2', packed('deflate', deflateSync)],
    ['in deflate without its format', 'RFC 9110, 8.4.1.2, note', packed('deflate', deflateRawSync)],
    ['in br', 'ccpgames/sso-issues#81, nginxinc/nginx-openid-connect#26 (Auth0)', packed('br', brotliCompressSync)],
    [
      'in an encoding that is none',
      'RFC 9110, 8.4.1: utf-8 is no content coding',
      packed('utf-8', (content) => content),
    ],
    ['with a byte order mark', 'instructure/canvas-lms#2639', plain('\uFEFF', '')],
    ['with white space around it', 'OpenLiberty/open-liberty#29086', plain('\n  ', '\r\n\n')],
    [
      'through proxies',
      'RFC 9111, 5; RFC 9110, 7.6.3',
      (response) => {
        const headers = {
          age: '0',
          via: '1.1 varnish',
          vary: '*',
          'cache-control': ['private="set-cookie", x', 'max-age="60"'],
        };
        for (const [name, value] of Object.entries(headers)) {
          response.setHeader(name, value);
        }
        response.end(body());
      },
    ],
  ])('is taken %s (%s)', async (_case, _source, answer) => {
    fleet.op.answerJwks = answer;
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
  });

  it.each<[string, string, (response: ServerResponse) => unknown]>([
    ['that unpacks to 8 MB, in gzip', 'RFC 8725, 3.10', packed('gzip', gzipSync, bomb)],
    ['that unpacks to 8 MB, in br', 'the same', packed('br', brotliCompressSync, bomb)],
    ['that unpacks to 8 MB, in deflate', 'the same', packed('deflate', deflateSync, bomb)],
    ['that says gzip and is not', 'RFC 9110, 8.4', packed('gzip', (content) => content)],
    ['that breaks off in gzip', 'RFC 1952', packed('gzip', (content) => gzipSync(content).subarray(0, -12))],
    [
      'that is packed twice',
      'RFC 9110, 8.4: nobody does',
      packed('gzip, br', (content) => brotliCompressSync(gzipSync(content))),
    ],
    ['that is gzip and does not say so', 'RFC 9110, 8.4', (response) => response.end(gzipSync(body()))],
    [
      '200 with a text for an error',
      'measured: WSO2 Identity Server',
      (response) => response.end('Error while building the jwks'),
    ],
    ['that is in UTF-16', 'RFC 8259, 8.1', (response) => response.end(Buffer.from(body().toString(), 'utf16le'))],
  ])('is not taken %s (%s)', async (_case, _source, answer) => {
    fleet.op.answerJwks = answer;
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fleet.events.map(({ type }) => type)).toEqual(['fetch_failed']);
  });
});
