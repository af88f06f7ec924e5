import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { verifyLogoutToken } from '../../../receiver/logout/logout-token.ts';
import type { Reason } from '../../../receiver/logout/reasons.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { type Change, epochSeconds, having, moved, underHeader, validClaims, without } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';

let op: TestIssuer;
const secretsRead: string[] = [];

beforeEach(async () => {
  op = await startIssuer('RS256');
  secretsRead.length = 0;
});

afterEach(async () => {
  await op.stop();
});

async function verify(token: string): Promise<unknown> {
  const { issuer } = op;
  const relyingParties = indexOf([
    { issuer, clientId: 'shop' },
    { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'symmetric' } },
  ]);
  const keys = await newKeySource();
  const secrets = new SecretSource(async (secretId) => {
    secretsRead.push(secretId);
    return 'x'.repeat(32);
  });
  return await verifyLogoutToken(token, epochSeconds(), relyingParties, {
    keys,
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
  });
}

const claims = (clientId = 'shop') => validClaims(op.issuer, clientId, { sub: 'alice', sid: randomUUID() });

it('a token that holds costs one look at the issuer’s keys, and says what it orders', async () => {
  expect(await verify(await op.sign(claims()))).toMatchObject({
    relyingParties: [{ clientId: 'shop' }],
    audiences: ['shop'],
    claims: { sub: 'alice' },
  });
  expect(Object.fromEntries(op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
});

describe('a token costs no look at any key', () => {
  it.each<[Reason, string, Change, object?]>([
    ['issuer_unknown', 'of nobody we know', having({ iss: 'https://op.example.com' })],
    ['audience_mismatch', 'for nobody we know', having({ aud: 'nobody' })],
    ['events_invalid', 'whose claims are wrong', without('events')],
    ['token_too_old', 'that is too old', moved('iat', -86_400)],
    ['alg_not_allowed', 'whose alg is not allowed', having({}), { alg: 'HS256' }],
    ['typ_not_allowed', 'whose typ is not allowed', having({}), { typ: 'at+jwt' }],
    ['encryption_not_allowed', 'whose encryption is not allowed', having({}), { alg: 'dir', enc: 'A256GCM' }],
  ])('where it is refused with %s: one %s', async (reason, _case, change, header) => {
    const signed = await op.sign(change(claims()));
    const forged = underHeader(signed, { alg: 'RS256', kid: 'rs256', ...header });
    const token = reason === 'encryption_not_allowed' ? `${forged}.AAAA.AAAA` : forged;
    await expect(verify(token)).rejects.toMatchObject({ name: 'Rejection', reason });
    expect([...op.requests]).toEqual([]);
    expect(secretsRead).toEqual([]);
  });

  it('where it is signed with a client secret, which is read once', async () => {
    const forged = underHeader(await op.sign(claims('symmetric')), { alg: 'HS256' });
    await expect(verify(forged)).rejects.toMatchObject({ reason: 'signature_invalid' });
    expect([...op.requests]).toEqual([]);
    expect(secretsRead).toEqual(['symmetric']);
  });
});
