import { randomBytes } from 'node:crypto';
import { type CryptoKey, generateKeyPair } from 'jose';
import type { JoseHeader } from '../../issuer.ts';
import { aroundPayload, encoded, encrypted, payloadOf } from '../../logout-token.ts';
import { accepted, type JudgedCase, refused } from './judged-case.ts';
import type { Parties } from './parties.ts';

type Recipient = keyof Parties['encryptionKeys'];

/** The token in a JWE to a recipient's key. */
const sealedTo =
  (recipient: Recipient, header: JoseHeader & { alg: string; enc: string }) =>
  async (token: string, { encryptionKeys }: Parties) =>
    await encrypted(token, keyFor(encryptionKeys[recipient], header.alg), header);

function keyFor(keys: Readonly<Record<string, CryptoKey>>, alg: string): CryptoKey {
  const key = keys[alg];
  if (!key) {
    throw new Error(`there is no encryption key for ${alg}`);
  }
  return key;
}

const sealed = sealedTo('sealed', { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'RSA-OAEP-256' });

/** Replaces one of the five parts of the JWE. */
const withPart =
  (index: number, change: (part: string) => string) =>
  async (token: string, parties: Parties): Promise<string> =>
    (await sealed(token, parties))
      .split('.')
      .map((part, position) => (position === index ? change(part) : part))
      .join('.');

const flipped = (part: string) => (part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`);

const withHeader = (header: object) => withPart(0, () => encoded(header));

const stranger = generateKeyPair('RSA-OAEP-256');

/** Rules on encryption: Back-Channel Logout 1.0, section 2.6, step 1; RFC 7516; RFC 8725, sections 3.2, 3.3 and 3.6. */
export const ENCRYPTION_CASES: readonly JudgedCase[] = [
  ...['RSA-OAEP-256', 'ECDH-ES'].flatMap((alg) =>
    ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'].map((enc) =>
      accepted(`encrypted with ${alg} and ${enc}`, {
        client: 'sealed',
        token: sealedTo('sealed', { alg, enc, kid: alg, cty: 'JWT' }),
      }),
    ),
  ),
  accepted('encrypted without kid and cty', {
    client: 'sealed',
    token: sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM' }),
  }),
  accepted('encrypted with iss in the header, as section 2.4 recommends', {
    client: 'sealed',
    token: async (token, parties) =>
      await sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM', iss: parties.op.issuer, aud: 'sealed' })(
        token,
        parties,
      ),
  }),
  accepted('encrypted for a relying party that does not require it', {
    client: 'optionally-sealed',
    token: sealedTo('optionally-sealed', { alg: 'ECDH-ES', enc: 'A128GCM' }),
  }),
  accepted('not encrypted for a relying party that does not require it: many OPs never do', {
    client: 'optionally-sealed',
  }),
  accepted('encrypted in the strict profile', {
    client: 'strict-sealed',
    header: { typ: 'logout+jwt' },
    token: sealed,
  }),

  refused('token_malformed', 'encrypted behind a byte order mark', {
    client: 'sealed',
    token: async (token, parties) => await sealed(`\ufeff${token}`, parties),
  }),
  refused('token_not_encrypted', 'not encrypted where it must be', { client: 'sealed' }),
  refused('token_not_encrypted', 'not encrypted in the strict profile, where keys are configured', {
    client: 'strict-sealed',
    header: { typ: 'logout+jwt' },
  }),
  refused('token_not_encrypted', 'not encrypted where one of two relying parties requires it', {
    claims: (claims) => ({ ...claims, aud: ['shop', 'sealed'] }),
  }),
  refused('decryption_failed', 'encrypted with the key of another relying party', {
    client: 'sealed',
    token: sealedTo('optionally-sealed', { alg: 'ECDH-ES', enc: 'A128GCM' }),
  }),
  refused('decryption_failed', 'encrypted for a relying party without keys, with the key of another', {
    token: sealed,
  }),
  refused('decryption_failed', 'encrypted with the key of one of two relying parties', {
    claims: (claims) => ({ ...claims, aud: ['sealed', 'optionally-sealed'] }),
    token: sealed,
  }),
  refused('decryption_failed', 'encrypted with a key of nobody, under a kid of ours', {
    client: 'sealed',
    token: async (token) =>
      await encrypted(token, (await stranger).publicKey, {
        alg: 'RSA-OAEP-256',
        enc: 'A256GCM',
        kid: 'RSA-OAEP-256',
      }),
  }),
  ...['encrypted key', 'initialization vector', 'ciphertext', 'authentication tag'].flatMap((name, index) => [
    refused('decryption_failed', `a changed ${name}`, { client: 'sealed', token: withPart(index + 1, flipped) }),
    refused('decryption_failed', `an empty ${name}`, { client: 'sealed', token: withPart(index + 1, () => '') }),
  ]),
  refused('decryption_failed', 'another enc over the ciphertext', {
    client: 'sealed',
    token: withHeader({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', kid: 'RSA-OAEP-256' }),
  }),
  refused('decryption_failed', 'an ephemeral key that is not on the curve', {
    client: 'sealed',
    token: withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } }),
  }),
  refused('decryption_failed', 'no ephemeral key', {
    client: 'sealed',
    token: withHeader({ alg: 'ECDH-ES', enc: 'A256GCM' }),
  }),
  refused('token_encrypted', 'another issuer in the header of the JWE than in the token', {
    client: 'sealed',
    token: sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM', iss: 'https://op.example.com' }),
  }),
  refused('decryption_failed', 'another client in the header of the JWE than in the token', {
    client: 'sealed',
    token: sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM', aud: 'optionally-sealed' }),
  }),
  refused('token_encrypted', 'an alg that is not the one of the key that kid names', {
    client: 'sealed',
    token: withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'RSA-OAEP-256' }),
  }),
  refused('token_encrypted', 'a kid that is none of ours', {
    client: 'sealed',
    token: sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM', kid: 'another' }),
  }),
  ...['RSA-OAEP', 'RSA1_5', 'ECDH-ES+A128KW', 'dir', 'A128KW', 'PBES2-HS256+A128KW', 'none', 'toString'].map((alg) =>
    refused('encryption_not_allowed', `encrypted with alg ${alg}`, {
      client: 'sealed',
      token: withHeader({ alg, enc: 'A256GCM', p2c: 1_000_000_000, p2s: 'AAAA' }),
    }),
  ),
  ...['A192GCM', 'A128GCMX', '', 'none'].map((enc) =>
    refused('encryption_not_allowed', `encrypted with enc ${enc || 'empty'}`, {
      client: 'sealed',
      token: withHeader({ alg: 'RSA-OAEP-256', enc, kid: 'RSA-OAEP-256' }),
    }),
  ),
  refused('encryption_not_allowed', 'encrypted and compressed', {
    client: 'sealed',
    token: sealedTo('sealed', { alg: 'ECDH-ES', enc: 'A128GCM', zip: 'DEF' }),
  }),
  refused('crit_unsupported', 'encrypted with crit', {
    client: 'sealed',
    token: withHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', crit: ['exp'] }),
  }),
  refused('token_malformed', 'encrypted with a kid that is no text', {
    client: 'sealed',
    token: withHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 7 }),
  }),
  refused('token_malformed', 'a JWE with a header that is no JSON', { client: 'sealed', token: withHeader(['x']) }),
  refused('token_malformed', 'a JWE with padding', { client: 'sealed', token: withPart(4, (part) => `${part}==`) }),
  refused('token_malformed', 'claims that are encrypted and not signed', {
    client: 'sealed',
    token: async (token, parties) => await sealed(payloadOf(token), parties),
  }),
  refused('token_malformed', 'a JWE in a JWE', {
    client: 'sealed',
    token: async (token, parties) => await sealed(await sealed(token, parties), parties),
  }),
  refused('alg_not_allowed', 'a token of alg none, encrypted', {
    client: 'sealed',
    token: async (token, parties) => await sealed(`${encoded({ alg: 'none' })}.${token.split('.')[1]}.`, parties),
  }),
  refused('signature_invalid', 'a forged token, encrypted', {
    client: 'sealed',
    token: async (token, parties) => {
      const claims = JSON.parse(payloadOf(token));
      return await sealed(aroundPayload(token, { ...claims, sub: 'somebody else' }), parties);
    },
  }),
  refused('encryption_not_allowed', 'five parts that are a shared key', {
    token: async (token) => await encrypted(token, randomBytes(32), { alg: 'dir', enc: 'A256GCM' }),
  }),
];
