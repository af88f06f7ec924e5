import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { aroundPayload, assembled, payloadOf, underHeader } from '../../logout-token.ts';
import { accepted, type JudgedCase, refused } from './judged-case.ts';
import type { Parties } from './parties.ts';

const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The same payload, signed by somebody else. */
const byAttacker = (header: (parties: Parties) => object) => (token: string, parties: Parties) =>
  assembled({ alg: 'RS256', ...header(parties) }, payloadOf(token), (input) =>
    sign('sha256', input, attacker.privateKey),
  );

/** The same payload under an HMAC, with whatever is taken for the secret. */
const byHmac = (secret: (parties: Parties) => string | Buffer) => (token: string, parties: Parties) =>
  assembled({ alg: 'HS256', kid: 'rs256' }, payloadOf(token), (input) =>
    createHmac('sha256', secret(parties)).update(input).digest(),
  );

const clientSecret = ({ secrets }: Parties) => new TextEncoder().encode(secrets.symmetric);

const published = ({ op }: Parties, kid: string): JWK => {
  const jwk = op.published.find((key) => key.kid === kid);
  if (!jwk) {
    throw new Error(`the issuer publishes no key ${kid}`);
  }
  return jwk;
};

/** What an attacker might take for the secret: the public key in the forms in which people hold it. */
const PUBLIC_KEY_TEXTS: [string, (jwk: JWK) => string | Buffer][] = [
  ['in PEM', (jwk) => publicKeyOf(jwk).export({ type: 'spki', format: 'pem' })],
  ['in DER', (jwk) => publicKeyOf(jwk).export({ type: 'spki', format: 'der' })],
  ['in PKCS #1', (jwk) => publicKeyOf(jwk).export({ type: 'pkcs1', format: 'pem' })],
  ['as a JWK', (jwk) => JSON.stringify(jwk)],
  ['by its modulus', (jwk) => jwk.n ?? ''],
];

const publicKeyOf = (jwk: JWK) => createPublicKey({ key: { ...jwk }, format: 'jwk' });

/** (r, s) and (r, n - s) are both signatures of the same text: an equivalent token, not a forged one. */
function malleated(token: string): string {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = n - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return [header, payload, other.toString('base64url')].join('.');
}

/** Rules on keys and signatures: RFC 8725, sections 3.1 to 3.5 and 3.10; RFC 7518, sections 3.2 and 3.3. */
export const KEY_CASES: readonly JudgedCase[] = [
  accepted('no kid where one key fits', { header: { alg: 'ES256', kid: undefined } }),
  accepted('a kid that names two keys: each is tried', { header: { alg: 'ES512', kid: 'twice' } }),
  accepted('a key that is published without alg and use', { header: { kid: 'plain' } }),
  accepted('an ECDSA signature in its other form, around the same header and payload', {
    header: { alg: 'ES256' },
    token: malleated,
  }),
  accepted('jku, x5u, jwk and x5c that lead elsewhere: they are not followed', {
    header: ({ stranger: { url } }) => ({ jku: url, x5u: url, jwk: { kty: 'oct', k: 'AAAA' }, x5c: ['AAAA'] }),
  }),
  ...['HS256', 'HS384'].map((alg) =>
    accepted(`${alg} with the client secret`, {
      client: 'symmetric',
      header: { alg },
      key: clientSecret,
    }),
  ),
  accepted('HS512 with the client secret, and a kid that means nothing', {
    client: 'symmetric',
    header: { alg: 'HS512', kid: 'x' },
    key: clientSecret,
  }),
  accepted('RS256 for a client that allows it beside HS256', { client: 'symmetric' }),

  ...['not there', '', ' ', '../../etc/passwd', "' OR 1=1 --", 'ISSUER#x', '__proto__', 'constructor'].map((kid) =>
    refused('deferred', `kid ${JSON.stringify(kid)}, which is not published`, {
      token: byAttacker(() => ({ kid })),
    }),
  ),
  refused('deferred', 'an alg other than the one that the key is published for', {
    token: (token) => underHeader(token, { alg: 'PS256', kid: 'rs256' }),
  }),
  refused('deferred', 'an alg for keys of another type', {
    token: (token) => underHeader(token, { alg: 'RS256', kid: 'es256' }),
  }),
  refused('deferred', 'a key that is published for encryption', { header: { kid: 'for-encryption' } }),
  refused('deferred', 'a key that is published for other operations', { header: { kid: 'for-other-operations' } }),
  refused('key_ambiguous', 'no kid where two keys fit', { header: { alg: 'RS256', kid: undefined } }),
  refused('key_unusable', 'an RSA key of 1024 bits', {
    token: (token, { shortKey }) =>
      assembled({ alg: 'RS256', kid: 'too-short' }, payloadOf(token), (input) => sign('sha256', input, shortKey)),
  }),
  refused('signature_invalid', 'the issuer’s kid over a key of somebody else', {
    token: byAttacker(() => ({ kid: 'rs256' })),
  }),
  refused('signature_invalid', 'a key of somebody else in the header', {
    token: byAttacker(() => ({ kid: 'rs256', jwk: attacker.publicKey.export({ format: 'jwk' }) })),
  }),
  refused('signature_invalid', 'a jku and an x5u where somebody else publishes a key', {
    token: byAttacker(({ stranger: { url } }) => ({ kid: 'rs256', jku: `${url}/jwks`, x5u: `${url}/x5u` })),
  }),
  refused('signature_invalid', 'another payload under the signature', {
    token: (token) => aroundPayload(token, { ...JSON.parse(payloadOf(token)), sub: 'somebody else' }),
  }),
  refused('signature_invalid', 'another header over the signature', {
    token: (token) => underHeader(token, { alg: 'RS256', kid: 'rs256', typ: 'JWT' }),
  }),
  refused('signature_invalid', 'an empty signature', { token: (token) => token.replace(/[^.]+$/, '') }),
  refused('signature_invalid', 'a signature of zeroes (CVE-2022-21449)', {
    header: { alg: 'ES256' },
    token: (token) => token.replace(/[^.]+$/, Buffer.alloc(64).toString('base64url')),
  }),
  refused('signature_invalid', 'an ECDSA signature in DER', {
    header: { alg: 'ES256' },
    token: (token) => token.replace(/[^.]+$/, Buffer.from('3006020101020101', 'hex').toString('base64url')),
  }),
  refused('signature_invalid', 'a signature with a byte behind it', {
    token: (token) =>
      token.replace(/[^.]+$/, (signature) =>
        Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.from([0])]).toString('base64url'),
      ),
  }),
  ...PUBLIC_KEY_TEXTS.map(([form, text]) =>
    refused('signature_invalid', `HS256 with the issuer’s public key ${form} as the secret`, {
      client: 'symmetric',
      token: byHmac((parties) => text(published(parties, 'rs256'))),
    }),
  ),
  refused('signature_invalid', 'HS256 with an empty secret', { client: 'symmetric', token: byHmac(() => '') }),
  refused('signature_invalid', 'HS256 with the secret of another client', {
    client: 'symmetric',
    token: byHmac(({ secrets }) => secrets.short),
  }),
  refused('signature_invalid', 'HS256 with the secret of one of two clients', {
    client: 'short',
    claims: (claims) => ({ ...claims, aud: ['symmetric', 'short'] }),
    header: { alg: 'HS256' },
    key: clientSecret,
  }),
  ...PUBLIC_KEY_TEXTS.map(([form, text]) =>
    refused('alg_not_allowed', `HS256 with the issuer’s public key ${form}, where no secret is configured`, {
      token: byHmac((parties) => text(published(parties, 'rs256'))),
    }),
  ),
  refused('alg_not_allowed', 'HS256 with the client secret for a token that is also for another client', {
    client: 'symmetric',
    claims: (claims) => ({ ...claims, aud: ['symmetric', 'shop'] }),
    header: { alg: 'HS256' },
    key: clientSecret,
  }),
  refused('alg_not_allowed', 'ES256 for a client that does not allow it', {
    client: 'symmetric',
    header: { alg: 'ES256' },
  }),
  refused('key_unusable', 'HS256 with a client secret of 31 bytes', {
    client: 'short',
    token: byHmac(({ secrets }) => secrets.short),
  }),
  refused('deferred', 'an issuer that cannot be reached', {
    client: 'unreachable',
    claims: (claims) => ({ ...claims, iss: 'http://127.0.0.1:1' }),
  }),
];
