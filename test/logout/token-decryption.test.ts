import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decryptedToken } from '../../functions/logout/token-decryption.ts';
import { parseRelyingParties } from '../../functions/relying-parties/relying-parties.ts';
import { SecretSource } from '../../functions/secrets/secret-source.ts';
import { encrypted } from '../logout-token.ts';

const HEADER = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;

const { relyingParties } = parseRelyingParties(
  JSON.stringify({
    relyingParties: ['shop', 'forum', 'plain'].map((clientId) => ({
      issuer: 'https://op.example.com',
      clientId,
      ...(clientId !== 'plain' && { decryptionKeys: { secretId: clientId } }),
    })),
  }),
  'test',
);

let kept: Map<string, string>;
let secrets: SecretSource;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  kept = new Map();
  secrets = new SecretSource(async (secretId) => {
    const secret = kept.get(secretId);
    if (secret === undefined) {
      throw new Error('AccessDeniedException');
    }
    return secret;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Gives a relying party a new key; what is encrypted to it is returned. */
async function newKey(secretId: string, kid?: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair(HEADER.alg, { extractable: true });
  kept.set(secretId, JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), alg: HEADER.alg, kid }] }));
  const { privateKey: signingKey } = await generateKeyPair('EdDSA');
  const token = await new CompactSign(Buffer.from(secretId)).setProtectedHeader({ alg: 'EdDSA' }).sign(signingKey);
  return await encrypted(token, publicKey, { ...HEADER, ...(kid && { kid }) });
}

const open = async (token: string) => {
  const { token: signed, recipients } = await decryptedToken(token, relyingParties, secrets);
  const payload = Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString();
  return { payload, recipients: recipients?.map(({ clientId }) => clientId) };
};

describe('an encrypted token', () => {
  it.each([undefined, 'a'])('is opened by whom it is encrypted to (kid %s), and by nobody else', async (kid) => {
    const [toShop, toForum] = [await newKey('shop', kid), await newKey('forum', kid)];
    expect(await open(toShop)).toEqual({ payload: 'shop', recipients: ['shop'] });
    expect(await open(toForum)).toEqual({ payload: 'forum', recipients: ['forum'] });
  });

  it('is opened by all who share the key', async () => {
    const toShop = await newKey('shop');
    kept.set('forum', kept.get('shop') ?? '');
    expect(await open(toShop)).toMatchObject({ recipients: ['shop', 'forum'] });
  });

  it('is opened with a key that was rotated in, ten seconds after the last look', async () => {
    const [before] = [await newKey('shop', 'old'), await newKey('forum')];
    expect(await open(before)).toMatchObject({ recipients: ['shop'] });
    const after = await newKey('shop', 'new');
    await expect(open(after)).rejects.toMatchObject({ reason: 'token_encrypted' });
    vi.setSystemTime(Date.now() + 10_000);
    expect(await open(after)).toMatchObject({ recipients: ['shop'] });
  });

  it('is opened though the keys of another relying party cannot be read', async () => {
    expect(await open(await newKey('shop'))).toMatchObject({ recipients: ['shop'] });
  });

  it.each([
    ['cannot be read', undefined],
    ['are no JSON', 'hunter2'],
    ['are no JWK Set', '{"kty":"EC","d":"hunter2"}'],
    ['are a JWK Set of public keys', '{"keys":[{"kty":"EC","alg":"ECDH-ES","x":"hunter2"}]}'],
    ['do not say their alg', '{"keys":[{"kty":"EC","d":"hunter2"}]}'],
    ['are for an alg that is not allowed', '{"keys":[{"kty":"RSA","alg":"RSA1_5","d":"hunter2"}]}'],
  ])('that nobody opens is a failure where keys %s, and nothing of them is told', async (_case, secret) => {
    const toShop = await newKey('shop');
    kept.delete('shop');
    if (secret) {
      kept.set('shop', secret);
    }
    await newKey('forum');
    const error: unknown = await open(toShop).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'LogoutFailure', reason: 'secret_unavailable' });
    expect(`${error} ${error instanceof Error && error.cause}`).not.toContain('hunter2');
  });

  it('is refused where its key is broken', async () => {
    const toShop = await newKey('shop');
    kept.set('shop', '{"keys":[{"kty":"EC","alg":"ECDH-ES","crv":"P-256","d":"AAAA","x":"AAAA","y":"AAAA"}]}');
    await newKey('forum', 'another');
    await expect(open(toShop)).rejects.toMatchObject({ name: 'Rejection', reason: 'decryption_failed' });
  });
});

it('a token that is not encrypted costs no look at any secret', async () => {
  expect(await decryptedToken('a.b.c', relyingParties, secrets)).toEqual({ token: 'a.b.c', recipients: undefined });
});
