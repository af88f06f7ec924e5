import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyRun, startFaultyRun } from '../faulty-run.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { CLAIM, LOGOUT_STEPS } from '../logout-steps.ts';
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

const POINTS = LOGOUT_STEPS.flatMap(([request, step]) => [
  { request, step, when: 'before' } as const,
  { request, step, when: 'after' } as const,
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

/** Kills all functions when the logout makes that request, which is carried out all the same, or is not. */
function killAt(request: RegExp, when: 'before' | 'after'): void {
  let arrived = () => {};
  const claim = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  run.dynamodb.fateOf = async (_operation, _index, { body }) => {
    if (CLAIM.test(body)) {
      arrived();
    }
    if (!request.test(body)) {
      return 'pass';
    }
    // The first reading is asked for at the same time, and a logout that was not claimed is nobody's to finish.
    await claim;
    run.dynamodb.fateOf = () => 'pass';
    run.killFunctions();
    return when === 'before' ? 'lose request' : 'lose answer';
  };
}

/** Signs in again and again until that is refused, as it is from the marker on. */
async function signInUntilRefused(sid: string): Promise<string[]> {
  const ids: string[] = [];
  const signInAgain = async () => {
    ids.push(await signIn(sid));
    return 'signed in';
  };
  await expect.poll(() => signInAgain().catch((error) => error.code)).toBe('logged_out');
  return ids;
}

describe('a logout whose function is killed', () => {
  const [, ...later] = POINTS;

  it.each(sampleOf(later, 3))(
    '$when it $step was not answered with success, and is finished by itself',
    async ({ request, when }) => {
      const sid = randomUUID();
      const [id, bystander] = [await signIn(sid), await signIn(randomUUID())];
      const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
      killAt(request, when);
      expect(await post(token)).toBe(500);
      for (const ended of [id, ...(await signInUntilRefused(sid))]) {
        await expect.poll(() => isAlive(ended)).toBe(false);
      }
      expect(await isAlive(bystander)).toBe(true);
      expect(await post(token)).toBe(200);
    },
  );

  it('before it claims the jti has left nothing behind, and was answered as a failure that OPs may repeat', async () => {
    const sid = randomUUID();
    const id = await signIn(sid);
    const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
    killAt(CLAIM, 'before');
    expect(await post(token)).toBe(500);
    expect(await isAlive(id)).toBe(true);
    expect(await post(token)).toBe(200);
    expect(await isAlive(id)).toBe(false);
  });
});
