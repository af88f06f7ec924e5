import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultyRun, startFaultyRun } from '../faulty-run.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';

let op: TestIssuer;
let run: FaultyRun;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  const jwksUri = `${op.issuer}/jwks`;
  run = await startFaultyRun([{ issuer: op.issuer, clientId: 'shop', jwksUri }], {
    delaySeconds: 2,
    maxReceiveCount: 30,
  });
});

afterAll(async () => {
  await run.stop();
  await op.stop();
});

async function signIn() {
  const [now, sid] = [epochSeconds(), randomUUID()];
  const login = { issuer: op.issuer, clientId: 'shop', sub: randomUUID(), sid, idTokenIssuedAt: now - 60 };
  return { sid, id: (await run.store.create({ ...login, expiresAt: now + 3600, data: {} })).id };
}

async function deliver(sid: string, kid: string) {
  const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA', kid });
  const body = new URLSearchParams({ logout_token: token });
  const response = await fetch(run.endpoint, { method: 'POST', body });
  const [reason] = /\w+(?=: )/.exec(await response.text()) ?? [];
  return { status: response.status, reason };
}

const isAlive = async (id: string) => (await run.store.get(id)) !== undefined;

it('a logout that is signed with a key which the OP has just rotated in is deferred, and done when it may be asked', async () => {
  const [first, second] = [await signIn(), await signIn()];
  expect(await deliver(first.sid, 'eddsa')).toEqual({ status: 200, reason: undefined });
  await op.addKey('EdDSA', 'rotated');
  expect(await deliver(second.sid, 'rotated')).toEqual({ status: 400, reason: 'deferred' });
  expect([await isAlive(second.id), op.requests.get('/jwks')]).toEqual([true, 1]);
  await run.openFetchSlot(`${op.issuer}/jwks`);
  await expect.poll(() => isAlive(second.id)).toBe(false);
  expect(op.requests.get('/jwks')).toBe(2);
});

it('whoever makes up key ids decides about no others: all that they send is kept', async () => {
  const { id, sid } = await signIn();
  for (let kid = 0; kid < 20; kid++) {
    await op.addKey('EdDSA', `made-up-${kid}`, false);
    expect(await deliver(sid, `made-up-${kid}`)).toEqual({ status: 400, reason: 'deferred' });
  }
  expect(await isAlive(id)).toBe(true);
});
