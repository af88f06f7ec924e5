import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { LoggedOutError, SessionStore } from '../../../relying-party/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { epochSeconds, validClaims } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { newTable } from '../../tables.ts';

/** Long enough ago for every time in these tests to have passed. */
const LOGIN = epochSeconds() - 1200;

let op: TestIssuer;
let parts: LogoutParts;
let store: SessionStore;
let user: { readonly sub: string; readonly sid: string };

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  const { issuer } = op;
  const relyingParties = indexOf([
    { issuer, clientId: 'shop' },
    { issuer, clientId: 'exact', sidAllowanceSeconds: 0, subAllowanceSeconds: 0 },
    { issuer, clientId: 'generous', sidAllowanceSeconds: 60, subAllowanceSeconds: 60 },
  ]);
  const secrets = new SecretSource(async () => '');
  parts = {
    relyingParties,
    keys: await newKeySource(),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: await newTable('sessions'),
  };
  store = new SessionStore(parts.sessionsTable);
});

afterAll(() => op.stop());

beforeEach(() => {
  user = { sub: randomUUID(), sid: randomUUID() };
});

type Named = 'sid' | 'sub';

/** @param at in seconds from the login */
async function signIn(clientId: string, at = 0, changes: { readonly sid?: string } = {}): Promise<string> {
  const login = { issuer: op.issuer, clientId, ...user, ...changes, idTokenIssuedAt: LOGIN + at };
  return (await store.create({ ...login, expiresAt: epochSeconds() + 3600, data: {} })).id;
}

async function logOut(clientId: string | string[], named: Named, at: number, changes: object = {}) {
  const claims = { iat: LOGIN + at, exp: LOGIN + at + 3600, [named]: user[named], ...changes };
  const token = await op.sign(validClaims(op.issuer, 'shop', { aud: clientId, ...claims }), { alg: 'EdDSA' });
  return await logout(token, epochSeconds(), parts, new AbortController().signal);
}

const isAlive = async (id: string) => (await store.get(id)) !== undefined;

describe('a logout token that is dated before the login', () => {
  it.each<[string, Named, number]>([
    ['shop', 'sid', 5],
    ['shop', 'sub', 2],
    ['exact', 'sid', 0],
    ['exact', 'sub', 0],
    ['generous', 'sid', 60],
    ['generous', 'sub', 60],
  ])('ends a session of %s by %s up to %i s back, refuses its login in flight, and no further', async (...of) => {
    const [clientId, named, allowance] = of;
    const covered = await signIn(clientId);
    const later = await signIn(clientId, 1);
    expect(await logOut(clientId, named, -allowance)).toMatchObject({ sessionsEnded: 1 });
    expect([await isAlive(covered), await isAlive(later)]).toEqual([false, true]);
    await expect(signIn(clientId)).rejects.toBeInstanceOf(LoggedOutError);
    expect(await isAlive(await signIn(clientId, 1))).toBe(true);
  });

  it('covers each client that it names by that client’s own allowance', async () => {
    const [exact, generous] = [await signIn('exact'), await signIn('generous')];
    await logOut(['exact', 'generous'], 'sid', -10);
    expect([await isAlive(exact), await isAlive(generous)]).toEqual([true, false]);
  });
});

describe('the allowance leaves alone', () => {
  it('another device, which signs in at once after a logout by sid', async () => {
    await signIn('shop');
    await logOut('shop', 'sid', 0);
    expect(await isAlive(await signIn('shop', 1, { sid: randomUUID() }))).toBe(true);
  });

  it.each<[Named, number]>([
    ['sid', 6],
    ['sub', 3],
  ])('a session made after a token by %s that comes ten minutes late', async (named, secondsLater) => {
    const before = await signIn('shop');
    const since = await signIn('shop', secondsLater);
    await logOut('shop', named, 0);
    expect([await isAlive(before), await isAlive(since)]).toEqual([false, true]);
  });
});

describe('a token under the jti of an earlier one', () => {
  it('is counted where it leaves sessions that another logout would have ended', async () => {
    const jti = randomUUID();
    await signIn('shop', 6);
    expect(await logOut('shop', 'sid', 0, { jti })).toMatchObject({ isReplay: false, sessionsLeftByReplay: 0 });
    const between = await Promise.all([signIn('shop', 100), signIn('shop', 205)]);
    await signIn('shop', 206);
    expect(await logOut('shop', 'sid', 200, { jti })).toMatchObject({ isReplay: true, sessionsLeftByReplay: 3 });
    expect(await Promise.all(between.map(isAlive))).toEqual([true, true]);
    // The very same token leaves nothing in doubt.
    expect(await logOut('shop', 'sid', 0, { jti })).toMatchObject({ isReplay: true, sessionsLeftByReplay: 0 });
  });

  it('is another logout where it was issued when no delivery of the first one could still come', async () => {
    const jti = randomUUID();
    await logOut('shop', 'sid', 0, { jti });
    const since = await signIn('shop', 950);
    expect(await logOut('shop', 'sid', 1000, { jti })).toMatchObject({ isReplay: false, sessionsEnded: 1 });
    expect(await isAlive(since)).toBe(false);
  });
});
