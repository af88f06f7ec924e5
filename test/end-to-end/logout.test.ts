import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewSession, SessionStore } from '../../relying-party/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { EVENTS } from '../logout-token.ts';

let op: TestIssuer;
let receiver: LocalRun;
let store: SessionStore;

beforeAll(async () => {
  op = await startIssuer('RS256');
  receiver = await startLocalRun([
    { issuer: op.issuer, clientId: 'shop', jwksUri: `${op.issuer}/jwks` },
    { issuer: op.issuer, clientId: 'forum', jwksUri: `${op.issuer}/other-jwks` },
  ]);
  store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
});

afterAll(async () => {
  await receiver.stop();
  await op.stop();
});

const now = () => Math.floor(Date.now() / 1000);

async function signIn(login: Partial<NewSession>): Promise<string> {
  const { id } = await store.create({
    issuer: op.issuer,
    clientId: 'shop',
    sub: randomUUID(),
    idTokenIssuedAt: now() - 60,
    expiresAt: now() + 3600,
    data: {},
    ...login,
  });
  return id;
}

async function post(token: string): Promise<Response> {
  return await fetch(receiver.endpoint, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
}

const claims = (changes: object) => ({
  iss: op.issuer,
  aud: 'shop',
  iat: now(),
  jti: randomUUID(),
  events: EVENTS,
  ...changes,
});

const isAlive = async (id: string) => (await store.get(id)) !== undefined;

async function expectSuccess(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
  expect(response.headers.get('cache-control')).toBe('no-store');
}

describe('a logout', () => {
  it('of nobody who is signed in is a success', async () => {
    await expectSuccess(await post(await op.sign(claims({ sid: randomUUID() }))));
  });

  it('that is delivered again is a success, and ends no login made since', async () => {
    const sub = randomUUID();
    const token = await op.sign(claims({ sub, iat: now() - 30 }));
    const before = await signIn({ sub, idTokenIssuedAt: now() - 40 });
    await expectSuccess(await post(token));
    const since = await signIn({ sub, idTokenIssuedAt: now() - 20 });
    await expectSuccess(await post(token));
    expect(await Promise.all([before, since].map(isAlive))).toEqual([false, true]);
  });

  it('ends nothing of another client of the same issuer, nor of another issuer', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const shop = await signIn({ sub, sid });
    const forum = await signIn({ sub, sid, clientId: 'forum' });
    const elsewhere = await signIn({ sub, sid, issuer: 'https://op.example.com' });
    await expectSuccess(await post(await op.sign(claims({ sub, sid }))));
    await expectSuccess(await post(await op.sign(claims({ sub }))));
    expect(await Promise.all([shop, forum, elsewhere].map(isAlive))).toEqual([false, true, true]);
  });

  it('for two of our clients ends the sessions of both', async () => {
    const sid = randomUUID();
    const sessions = [await signIn({ sid }), await signIn({ sid, clientId: 'forum' })];
    await expectSuccess(await post(await op.sign(claims({ aud: ['shop', 'forum'], sid }))));
    expect(await Promise.all(sessions.map(isAlive))).toEqual([false, false]);
  });

  it('refuses the login that was in flight', async () => {
    const sub = randomUUID();
    await expectSuccess(await post(await op.sign(claims({ sub }))));
    await expect(signIn({ sub, idTokenIssuedAt: now() - 1 })).rejects.toMatchObject({ code: 'logged_out' });
  });
});
