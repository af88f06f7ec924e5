import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { endScope } from '../../relying-party/sessions/scope-ending.ts';
import { claimToken, markTokenDone } from '../../relying-party/sessions/seen-token.ts';
import type { EndedSessions } from '../../relying-party/sessions/session-ending.ts';
import { firstPointers } from '../../relying-party/sessions/session-pointer.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { type LogoutOrder, type LogoutOrigin, originOf } from './logout-order.ts';
import { LogoutFailure, Rejection } from './rejection.ts';

/** A logout that is done. Holds nothing personal, so that it can be logged. */
export interface CompletedLogout extends LogoutOrigin {
  readonly scope: 'sid' | 'sub';
  /** Whether the token had been delivered before. */
  readonly isReplay: boolean;
  readonly sessionsEnded: number;
  /** Sessions of the token's `sid` that had another `sub` than the token. */
  readonly sessionsOfAnotherSub: number;
  /**
   * Sessions that stay because the token's `jti` had been delivered before with an earlier `iat`, and that would have
   * ended had it been another logout.
   */
  readonly sessionsLeftByReplay: number;
}

type Ending = LogoutOrder['endings'][number];

/**
 * Ends the sessions of a logout that was verified before.
 *
 * @param signal aborts when the time for it is spent; what has ended by then stays ended
 * @throws Rejection where the token was used before, and nothing may end
 * @throws LogoutFailure where sessions cannot be reached, or the time is spent; with the order
 */
export async function carryOut(
  order: LogoutOrder,
  table: SessionsTable,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  return await inTime(endOrdered(order, table, signal), signal, () => order);
}

/**
 * The caller stops waiting when the time is spent. The work goes on in the background, and its errors are ignored.
 *
 * @param verified tells the order, once the work has one
 */
export async function inTime<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  verified: () => LogoutOrder | undefined,
): Promise<Result> {
  const spent = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new LogoutFailure('time_budget_spent', signal.reason, verified()));
    signal.addEventListener('abort', fail);
    work.finally(() => signal.removeEventListener('abort', fail)).catch(() => undefined);
  });
  return await Promise.race([work, spent]);
}

/** @throws Rejection, or LogoutFailure where sessions cannot be reached: with the order */
export async function endOrdered(
  order: LogoutOrder,
  table: SessionsTable,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  try {
    return await endSessions(order, table, signal);
  } catch (error) {
    throw error instanceof Rejection ? error : new LogoutFailure('store_unavailable', error, order);
  }
}

async function endSessions(order: LogoutOrder, table: SessionsTable, signal: AbortSignal): Promise<CompletedLogout> {
  const now = epochSeconds();
  const { claim, endings, refusesReplays, scope } = order;
  const scopes = endings.map(({ partition, maxSessionLifetimeSeconds, allowanceSeconds }) => ({
    partition,
    maxSessionLifetimeSeconds,
    allowanceSeconds,
  }));
  // What the pointers name may end as soon as the token is known to be the first of its jti.
  const [first, ...seen] = await Promise.all([
    claimToken(table, claim, scopes, now),
    ...endings.map(({ partition }) => firstPointers(table, partition)),
  ]);
  if (!first.hasSameScope) {
    throw new Rejection('jti_reused', order);
  }
  if (first.isDone && refusesReplays) {
    throw new Rejection('token_replayed', order);
  }
  const ended = await Promise.all(
    // OPs deliver again with the same jti and new times: what the first delivery did not cover stays.
    endings.map(async (ending, index) => {
      return { ending, ...(await endScope(table, ending, first.iat, now, signal, seen[index])) };
    }),
  );
  if (refusesReplays) {
    await markTokenDone(table, { pk: claim.pk, iat: first.iat }, now);
  }
  return {
    ...originOf(order),
    scope,
    isReplay: first.isEarlier,
    sessionsEnded: sumOf(ended, ({ subs }) => subs.length),
    sessionsOfAnotherSub: sumOf(ended, ({ ending, subs }) => countOfAnotherSub(order.issuer, ending, subs)),
    sessionsLeftByReplay: sumOf(ended, ({ ending, laterLogins }) => countLeft(order, ending, laterLogins)),
  };
}

function sumOf<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}

/**
 * The order is about the sid all the same: subs are pairwise or tenant-qualified at some OPs, and of WSO2 Identity
 * Server's tokens the sub is that of another client.
 */
function countOfAnotherSub(issuer: string, { clientId, subject }: Ending, subs: EndedSessions['subs']): number {
  return subject === undefined ? 0 : subs.filter((sub) => scopePartition({ issuer, clientId, sub }) !== subject).length;
}

/** None where the token is the first of its `jti`, or the very same: what is dated later is then later than both. */
function countLeft(
  { claim }: LogoutOrder,
  { allowanceSeconds }: Ending,
  laterLogins: EndedSessions['laterLogins'],
): number {
  return laterLogins.filter((issuedAt) => issuedAt <= claim.iat + allowanceSeconds).length;
}
