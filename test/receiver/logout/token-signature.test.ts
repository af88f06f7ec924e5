import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { verifySignature } from '../../../receiver/logout/token-signature.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { signedToken, startIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';

const { relyingParties } = parseRelyingParties(
  JSON.stringify({
    relyingParties: [
      {
        issuer: 'https://op.example.com',
        clientId: 'shop',
        algorithms: ['HS256', 'HS512'],
        clientSecret: { secretId: 'shop' },
      },
    ],
  }),
  'test',
);

let kept: string | undefined;
let reads = 0;
let secrets: SecretSource;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  reads = 0;
  secrets = new SecretSource(async () => {
    reads++;
    if (kept === undefined) {
      throw new Error('AccessDeniedException');
    }
    return kept;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const newSecret = (bytes = 32) => randomBytes(bytes).toString('hex');

async function verify(secret: string, alg: 'HS256' | 'HS512' = 'HS256'): Promise<string> {
  return await verifyToken(await signedToken({ sub: 'alice' }, { alg }, new TextEncoder().encode(secret)), alg);
}

async function verifyToken(token: string, alg: 'HS256' | 'HS512'): Promise<string> {
  const keys = await newKeySource();
  for (const relyingParty of relyingParties) {
    await verifySignature(token, { alg, kid: undefined }, relyingParty, Date.now() / 1000, { keys, secrets });
  }
  return 'verified';
}

it('a token is verified with the client secret as UTF-8, whatever characters it has', async () => {
  kept = `ü🔑 ${newSecret()}`;
  expect(await verify(kept)).toBe('verified');
  await expect(verify(newSecret())).rejects.toMatchObject({ reason: 'signature_invalid' });
});

it('a client secret must be as long as the hash, byte by byte', async () => {
  kept = newSecret(16);
  expect(await verify(kept, 'HS256')).toBe('verified');
  await expect(verify(kept, 'HS512')).rejects.toMatchObject({ name: 'Rejection', reason: 'key_unusable' });
});

it('a client secret that was rotated is taken, thirty seconds after the last look', async () => {
  kept = newSecret();
  expect(await verify(kept)).toBe('verified');
  kept = newSecret();
  await expect(verify(kept)).rejects.toMatchObject({ reason: 'signature_invalid' });
  vi.setSystemTime(Date.now() + 30_000);
  expect(await verify(kept)).toBe('verified');
});

it('a client secret that verifies costs no new look at it', async () => {
  kept = newSecret();
  expect(await verify(kept)).toBe('verified');
  vi.setSystemTime(Date.now() + 31_000);
  expect(await verify(kept)).toBe('verified');
  expect(reads).toBe(1);
});

it('what is no token is refused, whatever the secret', async () => {
  kept = newSecret();
  await expect(verifyToken('a.b', 'HS256')).rejects.toMatchObject({ name: 'Rejection', reason: 'token_malformed' });
});

it('what is no token is refused, whatever the issuer’s keys', async () => {
  const op = await startIssuer('EdDSA');
  const { relyingParties: parties } = parseRelyingParties(
    JSON.stringify({ relyingParties: [{ issuer: op.issuer, clientId: 'shop' }] }),
    'test',
  );
  const keys = await newKeySource();
  for (const relyingParty of parties) {
    const header = { alg: 'EdDSA', kid: undefined } as const;
    await expect(
      verifySignature('a.b', header, relyingParty, Date.now() / 1000, { keys, secrets }),
    ).rejects.toMatchObject({ name: 'Rejection', reason: 'token_malformed' });
  }
  expect.assertions(parties.length);
  await op.stop();
});

it('a client secret that cannot be read is no fault of the token', async () => {
  kept = undefined;
  await expect(verify(newSecret())).rejects.toMatchObject({ name: 'LogoutFailure', reason: 'secret_unavailable' });
});
