import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyRun, startFaultyRun } from '../faulty-run.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';
import { sampleOf } from '../sample.ts';

let op: TestIssuer;
let run: FaultyRun;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  run = await startFaultyRun([{ issuer: op.issuer, clientId: 'shop' }], { delaySeconds: 1, maxReceiveCount: 10 });
  // Has the keys fetched, so that what is counted below is about sessions alone.
  await post(await op.sign(validClaims(op.issuer, 'shop', { sid: randomUUID() }), { alg: 'EdDSA' }));
});

afterAll(async () => {
  await run.stop();
  await op.stop();
});

afterEach(() => {
  run.dynamodb.fateOf = () => 'pass';
});

/** What a logout of one session asks of the sessions table, in order. */
const OPERATIONS = ['UpdateItem', 'UpdateItem', 'Query', 'UpdateItem', 'BatchWriteItem'];
const POINTS = OPERATIONS.flatMap((operation, index) => [
  { operation, index, when: 'before' } as const,
  { operation, index, when: 'after' } as const,
]);

async function signIn(sid: string): Promise<string> {
  const now = epochSeconds();
  const login = { issuer: op.issuer, clientId: 'shop', sub: randomUUID(), sid, idTokenIssuedAt: now - 60 };
  return (await run.store.create({ ...login, expiresAt: now + 3600, data: {} })).id;
}

async function post(token: string): Promise<number> {
  const body = new URLSearchParams({ logout_token: token });
  return (await fetch(run.endpoint, { method: 'POST', body })).status;
}

const isAlive = async (id: string) => (await run.store.get(id)) !== undefined;

/** Kills all functions at the logout's n-th operation, which is carried out all the same, or is not. */
function killAt(index: number, when: 'before' | 'after'): void {
  let seen = 0;
  run.dynamodb.fateOf = (operation) => {
    if (!OPERATIONS.includes(operation) || seen++ !== index) {
      return 'pass';
    }
    run.dynamodb.fateOf = () => 'pass';
    run.killFunctions();
    return when === 'before' ? 'lose request' : 'lose answer';
  };
}

describe('a logout whose function is killed', () => {
  const [first, ...later] = POINTS;

  it.each(sampleOf(later, 3))(
    '$when operation $index, $operation, was not answered with success, and is finished by itself',
    async ({ index, when }) => {
      const sid = randomUUID();
      const [id, bystander] = [await signIn(sid), await signIn(randomUUID())];
      const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
      killAt(index, when);
      expect(await post(token)).toBe(500);
      await expect.poll(() => isAlive(id)).toBe(false);
      expect(await isAlive(bystander)).toBe(true);
      // Nobody can sign in again with the login that was logged out: the marker stands too.
      await expect(signIn(sid)).rejects.toMatchObject({ code: 'logged_out' });
      expect(await post(token)).toBe(200);
    },
  );

  it('before its first operation has left nothing behind, and was answered as a failure that OPs may repeat', async () => {
    const sid = randomUUID();
    const id = await signIn(sid);
    const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
    killAt(first?.index ?? 0, 'before');
    expect(await post(token)).toBe(500);
    expect(await isAlive(id)).toBe(true);
    expect(await post(token)).toBe(200);
    expect(await isAlive(id)).toBe(false);
  });
});
