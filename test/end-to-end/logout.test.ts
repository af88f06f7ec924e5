import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewSession, SessionStore } from '../../relying-party/sessions/index.ts';
import { runCli } from '../cli/cli-run.ts';
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

describe('doctor, without AWS', () => {
  const doctor = async (clientIds: string[], url = receiver.endpoint) => {
    const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'relying-parties.json');
    const relyingParties = clientIds.map((clientId) => ({ issuer: op.issuer, clientId, algorithms: ['RS256'] }));
    writeFileSync(file, JSON.stringify({ relyingParties }));
    return await runCli(['doctor', '--no-aws', '--url', url, '--relying-parties', file]);
  };

  it('finds nothing wrong with the receiver and its OP, and ends nothing', async () => {
    const session = await signIn({});
    const { exitCode, output } = await doctor(['shop', 'forum']);
    expect(output.replaceAll(/^.*\/relying-parties.json/gm, '✓ FILE').split('\n')).toEqual([
      '✓ FILE: 2 relying parties of 1 issuer',
      `✓ ${receiver.endpoint} is reached from here, and refuses an unsigned token`,
      `✓ ${op.issuer} client shop: the endpoint knows it, and refuses an unsigned token: alg_not_allowed`,
      `✓ ${op.issuer} client forum: the endpoint knows it, and refuses an unsigned token: alg_not_allowed`,
      `✓ ${op.issuer}: its discovery document names ${op.issuer}/jwks`,
      `✓ ${op.issuer}: 1 key to verify with (RS256)`,
      `✓ ${op.issuer}: its clock agrees with the receiver's`,
      '7 things looked at, no problem.',
      '',
    ]);
    expect(exitCode).toBe(0);
    expect(await isAlive(session)).toBe(true);
  });

  it('tells of a client that is not deployed, and of a URL that is another one', async () => {
    const other = await doctor(['other']);
    expect([other.exitCode, other.output]).toEqual([
      1,
      expect.stringContaining('does not know it: 400 audience_mismatch'),
    ]);
    const elsewhere = await doctor(['shop'], `${receiver.endpoint}s`);
    expect([elsewhere.exitCode, elsewhere.output]).toEqual([1, expect.stringContaining('has no receiver there (404)')]);
  });
});
