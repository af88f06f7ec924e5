import { randomUUID } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { LoggedOutError, type SessionStore } from '../../relying-party/sessions/index.ts';
import { aroundPayload, type Claims, validClaims } from '../logout-token.ts';

export interface TestedDeployment {
  readonly endpoint: string;
  readonly store: SessionStore;
  readonly issuer: string;
  readonly clientId: string;
  /** As the issuer does. */
  sign(claims: Claims): Promise<string>;
}

/** What holds of every deployment, from its URL and its table. */
export function testDeployment(deployment: () => TestedDeployment): void {
  const now = epochSeconds;
  const signIn = async (login: { sub: string; sid?: string; idTokenIssuedAt?: number }) => {
    const { issuer, clientId, store } = deployment();
    const times = { idTokenIssuedAt: now() - 60, expiresAt: now() + 600 };
    return (await store.create({ issuer, clientId, data: {}, ...times, ...login })).id;
  };
  const tokenFor = async (claims: Claims) => {
    const { issuer, clientId, sign } = deployment();
    return await sign(validClaims(issuer, clientId, claims));
  };
  const post = async (token: string) =>
    await fetch(deployment().endpoint, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
  const isAlive = async (id: string) => (await deployment().store.get(id)) !== undefined;

  it('ends the session of the sid, and no other of the user', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const [meant, other] = [await signIn({ sub, sid }), await signIn({ sub, sid: randomUUID() })];
    const response = await post(await tokenFor({ sub, sid }));
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect([await isAlive(meant), await isAlive(other)]).toEqual([false, true]);
  });

  it('ends all sessions of the sub, and those of no other user', async () => {
    const sub = randomUUID();
    const meant = [await signIn({ sub, sid: randomUUID() }), await signIn({ sub })];
    const other = await signIn({ sub: randomUUID() });
    expect((await post(await tokenFor({ sub }))).status).toBe(200);
    expect(await Promise.all([...meant, other].map(isAlive))).toEqual([false, false, true]);
  });

  it('refuses a token that was changed, and says why', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const id = await signIn({ sub, sid });
    const { issuer, clientId } = deployment();
    const forged = aroundPayload(await tokenFor({ sub: randomUUID() }), validClaims(issuer, clientId, { sub, sid }));
    const response = await post(forged);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request', error_description: expect.stringContaining('signature') }),
    ]);
    expect(await isAlive(id)).toBe(true);
  });

  it('lets a login that was in flight not survive its logout, and a later one live', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const iat = now() - 30;
    expect((await post(await tokenFor({ sub, sid, iat }))).status).toBe(200);
    await expect(signIn({ sub, sid, idTokenIssuedAt: iat })).rejects.toThrow(LoggedOutError);
    expect(await isAlive(await signIn({ sub, sid, idTokenIssuedAt: now() }))).toBe(true);
  });

  it('ends nothing new for a token that it has seen', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const iat = now() - 30;
    const token = await tokenFor({ sub, sid, iat });
    await post(token);
    const later = await signIn({ sub, sid, idTokenIssuedAt: now() });
    await post(token);
    expect(await isAlive(later)).toBe(true);
  });

  it('answers other methods than POST with 405', async () => {
    const response = await fetch(deployment().endpoint);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
}

/** Signs with the key of `npm run test:aws`, whose issuer publishes one. */
export async function signWith(privateKey: JWK, claims: Claims): Promise<string> {
  const header = { alg: 'RS256', kid: 'throwaway', typ: 'logout+jwt' };
  return await new SignJWT({ ...claims }).setProtectedHeader(header).sign(privateKey);
}
