import { generateKeyPairSync } from 'node:crypto';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { decryptedToken, requireRecipients } from '../../../receiver/logout/token-decryption.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties } from '../../../receiver/relying-parties/relying-parties-index.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { encrypted } from '../../logout-token.ts';

const HEADER = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;

const file = parseRelyingParties(
  JSON.stringify({
    relyingParties: [
      {
        issuer: 'https://op.example.com',
        issuerAliases: ['https://alias.example.com'],
        clientId: 'shop',
        decryptionKeys: { secretId: 'shop' },
      },
      { issuer: 'https://b.example.com', clientId: 'forum', decryptionKeys: { secretId: 'forum' } },
      { issuer: 'https://op.example.com', clientId: 'plain' },
    ],
  }),
  'test',
);
const relyingParties = indexedRelyingParties(file);

/** A text, an error, or what is still to come. */
let kept: Map<string, string | Promise<string>>;
let reads: string[];
let keys: DecryptionKeySource;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  kept = new Map();
  reads = [];
  const secrets = new SecretSource(async (secretId) => {
    reads.push(secretId);
    const secret = kept.get(secretId);
    if (secret === undefined) {
      throw new Error('AccessDeniedException');
    }
    return await secret;
  });
  keys = new DecryptionKeySource(secrets);
});

afterEach(() => {
  vi.useRealTimers();
});

async function newKey(kid?: string) {
  const { publicKey, privateKey } = await generateKeyPair(HEADER.alg, { extractable: true });
  return { publicKey, privateJwk: { ...(await exportJWK(privateKey)), alg: HEADER.alg, kid } };
}

/** Gives a relying party new keys; what is encrypted to the last of them is returned. */
async function newKeys(
  secretId: string,
  { kid, count = 1, header = {} }: { kid?: string; count?: number; header?: object } = {},
) {
  const made = await Promise.all(Array.from({ length: count }, () => newKey(kid)));
  kept.set(secretId, JSON.stringify({ keys: made.map(({ privateJwk }) => privateJwk) }));
  const last = made.at(-1) ?? (await newKey());
  const { privateKey } = await generateKeyPair('EdDSA');
  const token = await new CompactSign(Buffer.from(secretId)).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
  return await encrypted(token, last.publicKey, { ...HEADER, ...(kid && { kid }), ...header });
}

/** @returns what was encrypted, and to whom */
async function open(jwe: string) {
  const { token, encryption } = await decryptedToken(jwe, relyingParties, keys);
  const recipients: string[] = [];
  for (const relyingParty of file.relyingParties) {
    await requireRecipients(
      jwe,
      encryption ?? { header: { alg: 'ECDH-ES', kid: '' }, secretId: '' },
      [relyingParty],
      keys,
    ).then(
      () => recipients.push(relyingParty.clientId),
      () => undefined,
    );
  }
  return { payload: Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(), recipients };
}

describe('an encrypted token', () => {
  it.each([undefined, 'a'])('is opened by whom it is encrypted to (kid %s), and by nobody else', async (kid) => {
    const [toShop, toForum] = [await newKeys('shop', { kid }), await newKeys('forum', { kid })];
    expect(await open(toShop)).toEqual({ payload: 'shop', recipients: ['shop'] });
    expect(await open(toForum)).toEqual({ payload: 'forum', recipients: ['forum'] });
  });

  it('is for all who share the key', async () => {
    const toShop = await newKeys('shop');
    kept.set('forum', kept.get('shop') ?? '');
    expect(await open(toShop)).toMatchObject({ recipients: ['shop', 'forum'] });
  });

  it.each([
    ['iss', { iss: 'https://b.example.com' }, 'shop'],
    ['aud', { aud: ['forum'] }, 'shop'],
  ])('is tried only with the keys of those whom its header names by %s', async (_name, header, secretId) => {
    const elsewhere = await newKeys(secretId, { header });
    await newKeys('forum');
    await expect(open(elsewhere)).rejects.toMatchObject({ reason: 'decryption_failed' });
    expect(reads).toEqual(['forum']);
  });

  it.each(['https://op.example.com', 'https://alias.example.com'])(
    'is opened by whom its header names by an issuer that has an alias: %s',
    async (iss) => {
      const toShop = await newKeys('shop', { header: { iss } });
      expect((await decryptedToken(toShop, relyingParties, keys)).encryption).toMatchObject({ secretId: 'shop' });
    },
  );

  it('is opened with a key without kid that was rotated in, thirty seconds after the last look', async () => {
    const before = await newKeys('shop');
    await newKeys('forum');
    expect(await open(before)).toMatchObject({ recipients: ['shop'] });
    const after = await newKeys('shop');
    await expect(open(after)).rejects.toMatchObject({ reason: 'decryption_failed' });
    vi.setSystemTime(Date.now() + 30_000);
    expect(await open(after)).toMatchObject({ recipients: ['shop'] });
  });

  it('costs no new look at a secret where a known key opens it, or does not', async () => {
    const [fitting, toOld] = [await newKeys('shop', { kid: 'a' }), await newKeys('forum', { kid: 'b' })];
    await newKeys('forum', { kid: 'b' });
    expect(await open(fitting)).toMatchObject({ recipients: ['shop'] });
    reads = [];
    vi.setSystemTime(Date.now() + 31_000);
    expect(await open(fitting)).toMatchObject({ recipients: ['shop'] });
    await expect(open(toOld)).rejects.toMatchObject({ reason: 'decryption_failed' });
    expect(reads).toEqual([]);
  });

  it('is opened with a key that was rotated in, thirty seconds after the last look', async () => {
    const before = await newKeys('shop', { kid: 'old' });
    await newKeys('forum');
    expect(await open(before)).toMatchObject({ recipients: ['shop'] });
    const after = await newKeys('shop', { kid: 'new' });
    await expect(open(after)).rejects.toMatchObject({ reason: 'token_encrypted' });
    vi.setSystemTime(Date.now() + 30_000);
    expect(await open(after)).toMatchObject({ recipients: ['shop'] });
  });

  it('is a failure where its key may have been rotated in, and the secret cannot be read', async () => {
    const before = await newKeys('shop', { kid: 'old' });
    await newKeys('forum');
    expect(await open(before)).toMatchObject({ recipients: ['shop'] });
    const after = await newKeys('shop', { kid: 'new' });
    kept.delete('shop');
    vi.setSystemTime(Date.now() + 30_000);
    await expect(open(after)).rejects.toMatchObject({ name: 'LogoutFailure', reason: 'secret_unavailable' });
  });

  it.each([
    ['cannot be read', undefined],
    ['is no JWK Set', 'hunter2'],
    ['is never answered', new Promise<string>(() => undefined)],
  ])('is opened though the secret of another relying party %s', async (_case, secret) => {
    const toShop = await newKeys('shop');
    if (secret) {
      kept.set('forum', secret);
    }
    const { token } = await decryptedToken(toShop, relyingParties, keys);
    expect(token.split('.')).toHaveLength(3);
  });

  it('is refused where the key that it names is there and does not open it, whatever is wrong with other secrets', async () => {
    const toShop = await newKeys('shop', { kid: 'a' });
    await newKeys('shop', { kid: 'a' });
    await expect(open(toShop)).rejects.toMatchObject({ name: 'Rejection', reason: 'decryption_failed' });
  });

  it('is refused with the reason that says most, where no key of another relying party fits', async () => {
    const toForum = await newKeys('forum', { kid: 'a' });
    await Promise.all([newKeys('forum', { kid: 'a' }), newKeys('shop', { kid: 'b' })]);
    await expect(open(toForum)).rejects.toMatchObject({ name: 'Rejection', reason: 'decryption_failed' });
  });

  it('is refused where its key is the ninth that fits: whoever sends one makes us try them', async () => {
    const toNinth = await newKeys('shop', { count: 8 });
    await newKeys('forum', { kid: 'another' });
    await expect(open(toNinth)).rejects.toMatchObject({ name: 'Rejection', reason: 'decryption_key_ambiguous' });
  });

  it('is opened where eight keys fit', async () => {
    const toEighth = await newKeys('shop', { count: 7 });
    await newKeys('forum', { kid: 'another' });
    expect((await decryptedToken(toEighth, relyingParties, keys)).encryption).toMatchObject({ secretId: 'shop' });
  });

  it('has its keys imported once', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    const toShop = await newKeys('shop', { kid: 'a' });
    await open(toShop);
    importing.mockClear();
    await open(toShop);
    // Of the ephemeral public keys and the content keys, but no private one.
    expect(importing.mock.calls.map((call) => JSON.stringify(call)).filter((call) => call.includes('"d":'))).toEqual(
      [],
    );
    expect(importing).toHaveBeenCalled();
    importing.mockRestore();
  });
});

describe('an encrypted token that nobody opens is a failure, and nothing of the secret is told, where the keys', () => {
  const rsa = { kty: 'RSA', alg: 'RSA-OAEP-256', n: 'hunter2', e: 'AQAB', d: 'hunter2' };
  const ec = { kty: 'EC', alg: 'ECDH-ES', crv: 'P-256', d: 'hunter2', x: 'AAAA', y: 'AAAA' };
  const [ecKey, rsaKey, shortRsaKey] = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ].map(({ privateKey }) => privateKey.export({ format: 'jwk' }));
  it.each<[string, string | undefined]>([
    ['cannot be read', undefined],
    ['are no JSON', 'hunter2'],
    ['are no JWK Set', JSON.stringify(ec)],
    ['are none', '{"keys":[]}'],
    ['are public', JSON.stringify({ keys: [{ ...ec, d: undefined }] })],
    ['do not say their alg', JSON.stringify({ keys: [{ ...ec, alg: undefined }] })],
    ['are for an alg that is not allowed', JSON.stringify({ keys: [{ ...rsa, alg: 'RSA1_5' }] })],
    ['are for signatures', JSON.stringify({ keys: [{ ...ec, use: 'sig' }] })],
    ['are EC keys for RSA', JSON.stringify({ keys: [{ ...ecKey, alg: 'RSA-OAEP-256' }] })],
    ['are RSA keys for ECDH', JSON.stringify({ keys: [{ ...rsaKey, alg: 'ECDH-ES' }] })],
    ['are RSA keys of 1024 bits', JSON.stringify({ keys: [{ ...shortRsaKey, alg: 'RSA-OAEP-256' }] })],
    ['are broken', JSON.stringify({ keys: [ec] })],
    ['lack their primes', JSON.stringify({ keys: [rsa] })],
  ])('%s', async (_case, secret) => {
    const toShop = await newKeys('shop');
    kept.delete('shop');
    if (secret) {
      kept.set('shop', secret);
    }
    await newKeys('forum');
    const error: unknown = await open(toShop).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'LogoutFailure', reason: 'secret_unavailable' });
    const cause = String(error instanceof Error && error.cause);
    expect(`${error} ${cause}`).not.toContain('hunter2');
    expect(cause).toContain(secret ? 'the secret shop is no JWK Set' : 'AccessDenied');
  });
});

it('a token that is not encrypted costs no look at any secret', async () => {
  expect(await decryptedToken('a.b.c', relyingParties, keys)).toEqual({ token: 'a.b.c', encryption: undefined });
  expect(reads).toEqual([]);
});
