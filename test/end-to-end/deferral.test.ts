import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../receiver/deferral/deferred-logout.ts';
import type { Fate } from '../fault-proxy.ts';
import { type FaultyRun, startFaultyRun } from '../faulty-run.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type Claims, epochSeconds, validClaims } from '../logout-token.ts';
import { sampleOf } from '../sample.ts';

let op: TestIssuer;
let run: FaultyRun;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  const { issuer } = op;
  run = await startFaultyRun(
    [
      { issuer, clientId: 'shop', jwksUri: `${issuer}/jwks` },
      { issuer, clientId: 'hasty', jwksUri: `${issuer}/jwks`, maxTokenAgeSeconds: 1, clockToleranceSeconds: 0 },
      // Whose keys no function instance has seen yet, each of their own.
      ...['dark', 'expiring', 'verified-late'].map((clientId) => ({
        issuer,
        clientId,
        jwksUri: `${issuer}/keys-of-${clientId}`,
      })),
    ],
    // What an earlier test has left is tried again while another one has everything fail, and must not be given up.
    { delaySeconds: 1, maxReceiveCount: 30 },
  );
});

afterAll(async () => {
  await run.stop();
  await op.stop();
});

afterEach(() => {
  run.dynamodb.fateOf = () => 'pass';
  run.sqs.fateOf = () => 'pass';
  op.answerJwks = undefined;
});

async function signIn(clientId = 'shop'): Promise<{ id: string; sid: string }> {
  const [now, sid] = [epochSeconds(), randomUUID()];
  const login = { issuer: op.issuer, clientId, sub: randomUUID(), sid, idTokenIssuedAt: now - 86_400 };
  return { sid, id: (await run.store.create({ ...login, expiresAt: now + 3600, data: {} })).id };
}

async function deliver(claims: Claims) {
  const token = await op.sign(claims, { alg: 'EdDSA' });
  const body = new URLSearchParams({ logout_token: token });
  const response = await fetch(run.endpoint, { method: 'POST', body });
  const text = await response.text();
  return { token, status: response.status, retryAfter: response.headers.get('retry-after'), text };
}

const isAlive = async (id: string) => (await run.store.get(id)) !== undefined;
const end = async (id: string) => await expect.poll(() => isAlive(id)).toBe(false);

const on =
  (fate: Fate, ...operations: string[]) =>
  (operation: string): Fate =>
    operations.includes(operation) ? fate : 'pass';

const DEFERRED = {
  status: 400,
  retryAfter: null,
  text: expect.stringMatching(/^\{"error":"temporarily_unavailable","error_description":"deferred: /),
};

describe('a logout that cannot be completed is answered as failed, kept, and completed when it can be', () => {
  const faults: [Fate, string, string?][] = [
    ['fail', 'UpdateItem'],
    ['lose request', 'UpdateItem'],
    ['lose answer', 'UpdateItem'],
    ['fail', 'Query'],
    ['throttle', 'Query'],
    ['fail', 'UpdateItem', 'Query'],
    ['lose answer', 'UpdateItem', 'Query'],
    ['fail', 'BatchWriteItem'],
    ['lose request', 'BatchWriteItem'],
  ];

  it.each(sampleOf(faults, 8))('store_unavailable: %s of %s (after %s)', async (fate, operation, after) => {
    const { id, sid } = await signIn();
    let isReached = after === undefined;
    run.dynamodb.fateOf = (name) => {
      isReached ||= name === after;
      return isReached && name === operation ? fate : 'pass';
    };
    expect(await deliver(validClaims(op.issuer, 'shop', { sid }))).toMatchObject(DEFERRED);
    run.dynamodb.fateOf = () => 'pass';
    await end(id);
  });

  it('jwks_unavailable: the issuer’s keys cannot be fetched and are not cached', async () => {
    const { id, sid } = await signIn('dark');
    op.answerJwks = (response) => response.writeHead(500).end();
    expect(await deliver(validClaims(op.issuer, 'dark', { sid }))).toMatchObject(DEFERRED);
    expect(await isAlive(id)).toBe(true);
    op.answerJwks = undefined;
    await run.openFetchSlot(`${op.issuer}/keys-of-dark`);
    await end(id);
  });

  it('a few faults are ridden out without deferring', async () => {
    const { id, sid } = await signIn();
    const seen = new Set<string>();
    run.dynamodb.fateOf = (operation) => (seen.has(operation) ? 'pass' : seen.add(operation) && 'fail');
    expect(await deliver(validClaims(op.issuer, 'shop', { sid }))).toMatchObject({ status: 200, text: '' });
    expect(await isAlive(id)).toBe(false);
  });

  it('an OP that sends the token again meanwhile is served normally', async () => {
    const { id, sid } = await signIn();
    const claims = validClaims(op.issuer, 'shop', { sid });
    run.dynamodb.fateOf = on('fail', 'Query');
    expect(await deliver(claims)).toMatchObject(DEFERRED);
    run.dynamodb.fateOf = () => 'pass';
    expect(await deliver(claims)).toMatchObject({ status: 200, text: '' });
    expect(await isAlive(id)).toBe(false);
  });
});

it('the age of a deferred token is judged as of its receipt', async () => {
  const { id, sid } = await signIn('hasty');
  // Kept half a day ago, when it was as old as a token may be.
  const receivedAt = epochSeconds() - 43_200;
  const claims = validClaims(op.issuer, 'hasty', { sid, iat: receivedAt, exp: receivedAt + 1 });
  const token = await op.sign(claims, { alg: 'EdDSA' });
  await run.send('UnverifiedLogoutQueueUrl', messageOf({ token, receivedAt }));
  expect(await deliver(claims)).toMatchObject({ status: 400, text: expect.stringContaining('token_too_old: ') });
  await end(id);
});

it('a deferred token that is verified later, and cannot be carried out even then, is kept as verified', async () => {
  const { id, sid } = await signIn('verified-late');
  op.answerJwks = (response) => response.writeHead(500).end();
  expect(await deliver(validClaims(op.issuer, 'verified-late', { sid }))).toMatchObject(DEFERRED);
  // Whatever earlier tests have left there goes first.
  await expect.poll(() => run.depthOf('UnverifiedLogoutQueueUrl')).toBe(1);
  run.dynamodb.fateOf = on('fail', 'Query');
  op.answerJwks = undefined;
  await run.openFetchSlot(`${op.issuer}/keys-of-verified-late`);
  await expect.poll(() => run.depthOf('DeferredLogoutQueueUrl')).toBeGreaterThan(0);
  await expect.poll(() => run.depthOf('UnverifiedLogoutQueueUrl')).toBe(0);
  expect(await isAlive(id)).toBe(true);
  run.dynamodb.fateOf = () => 'pass';
  await end(id);
});

describe('what cannot be finished', () => {
  beforeAll(async () => {
    await run.stop();
    const { issuer } = op;
    run = await startFaultyRun(
      [
        { issuer, clientId: 'shop', jwksUri: `${issuer}/jwks` },
        { issuer, clientId: 'forged', jwksUri: `${issuer}/keys-of-forged` },
      ],
      { delaySeconds: 1, maxReceiveCount: 2 },
    );
  });

  it('goes to the unverified dead letters where its token is forged, and ends nothing', async () => {
    const { id, sid } = await signIn('forged');
    op.answerJwks = (response) => response.writeHead(500).end();
    const claims = validClaims(op.issuer, 'forged', { sid });
    const forged = `${(await op.sign(claims, { alg: 'EdDSA' })).slice(0, -20)}${'A'.repeat(20)}`;
    const body = new URLSearchParams({ logout_token: forged });
    expect((await fetch(run.endpoint, { method: 'POST', body })).status).toBe(400);
    expect(await run.depthOf('UnverifiedLogoutQueueUrl')).toBe(1);
    op.answerJwks = undefined;
    await run.openFetchSlot(`${op.issuer}/keys-of-forged`);
    await expect.poll(() => run.depthOf('UnverifiedDeadLetterQueueUrl')).toBe(1);
    expect(await isAlive(id)).toBe(true);
    expect(await run.depthOf('UnverifiedLogoutQueueUrl')).toBe(0);
    const [kept = ''] = await run.messagesIn('UnverifiedDeadLetterQueueUrl');
    const { token, receivedAt } = JSON.parse(kept);
    expect(token).toBe(forged);
    expect(receivedAt).toBeGreaterThanOrEqual(Number(claims.iat));
  });

  it('is given up after so many tries, kept, and finished when it is redriven', async () => {
    const { id, sid } = await signIn();
    run.dynamodb.fateOf = on('fail', 'UpdateItem', 'Query');
    expect(await deliver(validClaims(op.issuer, 'shop', { sid }))).toMatchObject(DEFERRED);
    await expect.poll(() => run.depthOf('DeadLetterQueueUrl')).toBeGreaterThan(0);
    expect(await isAlive(id)).toBe(true);
    run.dynamodb.fateOf = () => 'pass';
    await run.redrive();
    await end(id);
    await expect.poll(() => run.depthOf('DeadLetterQueueUrl')).toBe(0);
  });
});

describe('when the queue fails too', () => {
  it.each(sampleOf<Fate>(['fail', 'throttle', 'lose request'], 2))(
    '(%s), the answer says that the logout failed',
    async (fate) => {
      const { id, sid } = await signIn();
      run.dynamodb.fateOf = on('fail', 'Query');
      run.sqs.fateOf = () => fate;
      expect(await deliver(validClaims(op.issuer, 'shop', { sid }))).toMatchObject({
        status: 503,
        retryAfter: '30',
        text: expect.stringContaining('store_unavailable: '),
      });
      expect(run.sqs.operations).toContain('SendMessage');
      expect(await isAlive(id)).toBe(true);
    },
  );
});
