import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readItem } from '../../receiver/jwks/jwks-cache-table.ts';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';

let op: TestIssuer;
let hanging: TestIssuer;
/** Starts after the receiver. */
let late: TestIssuer;
let receiver: LocalRun;
/** Requests of the issuer that hangs. */
const held: ServerResponse[] = [];

beforeAll(async () => {
  [op, hanging, late] = await Promise.all([startIssuer('EdDSA'), startIssuer('EdDSA'), startIssuer('EdDSA')]);
  late.answerDiscovery = (response) => response.destroy();
  hanging.answerJwks = (response) => held.push(response);
  receiver = await startLocalRun([
    { issuer: hanging.issuer, clientId: 'shop' },
    { issuer: op.issuer, clientId: 'shop' },
    { issuer: op.issuer, clientId: 'forum' },
    { issuer: late.issuer, clientId: 'shop' },
  ]);
});

afterAll(async () => {
  await receiver.stop();
  await Promise.all([op.stop(), hanging.stop(), late.stop()]);
});

const cached = (issuer: TestIssuer) =>
  readItem({ client: receiver.client, tableName: receiver.tables.jwksCache }, issuer.location);

it('the schedule of the template has every issuer’s keys fetched, before any logout and whatever another one does', async () => {
  await expect.poll(async () => (await cached(op)).fetched?.jwks.keys).toHaveLength(1);
  expect((await cached(hanging)).fetched).toBeUndefined();
  expect(Object.fromEntries(op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
});

/** Signs a user in and out at an issuer: the status of the answer, and whether the session is still there. */
async function signOut({ issuer, sign }: TestIssuer) {
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  const [sid, now] = [randomUUID(), epochSeconds()];
  const login = { issuer, clientId: 'shop', sub: 'alice', sid, idTokenIssuedAt: now - 60 };
  const { id } = await store.create({ ...login, expiresAt: now + 3600, data: {} });
  const token = await sign(validClaims(issuer, 'shop', { sid }), { alg: 'EdDSA' });
  const body = new URLSearchParams({ logout_token: token });
  const { status } = await fetch(receiver.endpoint, { method: 'POST', body });
  return { status, isAlive: (await store.get(id)) !== undefined };
}

const logged = (message: string, { issuer }: TestIssuer) =>
  receiver.log().search(new RegExp(`"message":"${message}".*"issuer":"${issuer}"`));

it('a logout that comes then costs the issuer nothing', async () => {
  expect(await signOut(op)).toEqual({ status: 200, isAlive: false });
  expect(op.requests.get('/jwks')).toBe(1);
});

it('an issuer that starts after the receiver is asked as soon as its first token comes', async () => {
  await expect.poll(() => logged('jwks_fetch_failed', late)).toBeGreaterThan(-1);
  late.answerDiscovery = undefined;
  expect(await signOut(late)).toEqual({ status: 200, isAlive: false });
  expect(Object.fromEntries(late.requests)).toEqual({ '/.well-known/openid-configuration': 2, '/jwks': 1 });
});

it('what it finds is counted and logged by issuer, and an issuer whose keys were never had is beyond all ages', async () => {
  await expect.poll(() => held).not.toEqual([]);
  hanging.answerJwks = (response) => response.destroy();
  for (const response of held) {
    response.destroy();
  }
  await expect.poll(() => receiver.log()).toContain('"JwksAgeInIntervals":1000');
  const log = receiver.log();
  expect(log).toMatch(new RegExp(`"message":"jwks_fetched".*"issuer":"${op.issuer}"`));
  expect(log).toMatch(new RegExp(`"message":"jwks_fetch_failed".*"issuer":"${hanging.issuer}"`));
  // The one that hangs was not done with.
  expect(logged('jwks_fetched', op)).toBeLessThan(logged('jwks_fetch_failed', hanging));
  expect(log).toMatch(new RegExp(`"message":"jwks_age".*"issuer":"${op.issuer}"`));
  expect(log).toContain('"JwksFetched":1');
  expect(log).toContain('"JwksFetchFailed":1');
});
