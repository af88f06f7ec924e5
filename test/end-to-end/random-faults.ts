import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Fate } from '../fault-proxy.ts';
import { startFaultyRun } from '../faulty-run.ts';
import { startIssuer } from '../issuer.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';

const FATES: readonly Fate[] = ['fail', 'fail', 'throttle', 'lose request', 'lose answer', 'dawdle'];

/** What came of logouts while requests to DynamoDB and SQS failed. */
export interface FaultReport {
  readonly success: number;
  readonly deferred: number;
  /** Answers that told the OP to send again, which it then did. */
  readonly sendAgain: number;
  /** Answered with success while the session was alive. */
  readonly falseSuccesses: number;
  /** Neither ended nor in the dead-letter queue, when all has come to rest. */
  readonly lost: number;
  readonly deadLetters: number;
  readonly faults: number;
}

/**
 * Carries out logouts, of which every one has a session to end, under random faults.
 *
 * @param random a number from 0 to 1, another one each time
 * @param atOnce logouts at the same time
 */
export async function logOutUnderFaults(
  count: number,
  faultRate: number,
  random: () => number,
  atOnce = 8,
): Promise<FaultReport> {
  const op = await startIssuer('EdDSA');
  const run = await startFaultyRun([{ issuer: op.issuer, clientId: 'shop' }], { delaySeconds: 1, maxReceiveCount: 30 });
  const report = { success: 0, deferred: 0, sendAgain: 0, falseSuccesses: 0, lost: 0, deadLetters: 0, faults: 0 };
  const fate = (): Fate => {
    if (random() >= faultRate) {
      return 'pass';
    }
    report.faults++;
    return FATES[Math.floor(random() * FATES.length)] ?? 'fail';
  };

  async function logOut(): Promise<string> {
    const [now, sid] = [epochSeconds(), randomUUID()];
    const login = { issuer: op.issuer, clientId: 'shop', sub: randomUUID(), sid, idTokenIssuedAt: now - 60 };
    const { id } = await run.store.create({ ...login, expiresAt: now + 3600, data: {} });
    const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
    for (;;) {
      const body = new URLSearchParams({ logout_token: token });
      const { status } = await fetch(run.endpoint, { method: 'POST', body });
      if (status < 500) {
        report[status === 200 ? 'success' : 'deferred']++;
        report.falseSuccesses += Number(status === 200 && (await run.store.get(id)) !== undefined);
        return id;
      }
      report.sendAgain++;
    }
  }

  run.dynamodb.fateOf = () => fate();
  run.sqs.fateOf = () => fate();
  const ids: string[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async (_, worker) => {
      for (let done = worker; done < count; done += atOnce) {
        ids.push(await logOut());
      }
    }),
  );
  // The faults go on until nothing is under way any more.
  const waiting = async () =>
    (await run.depthOf('DeferredLogoutQueueUrl')) + (await run.depthOf('UnverifiedLogoutQueueUrl'));
  await expect.poll(waiting).toBe(0);
  const alive = (await Promise.all(ids.map((id) => run.store.get(id)))).filter((session) => session !== undefined);
  report.deadLetters = (await run.depthOf('DeadLetterQueueUrl')) + (await run.depthOf('UnverifiedDeadLetterQueueUrl'));
  report.lost = Math.max(0, alive.length - report.deadLetters);
  await run.stop();
  await op.stop();
  return report;
}
