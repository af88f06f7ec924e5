import type { Context } from 'aws-lambda';
import type {
  DeferredLogout,
  InterruptedLogout,
  UnjudgedFrontchannelLogout,
  UnverifiedLogout,
} from '../../receiver/deferral/deferred-logout.ts';
import { deferredLogoutFrom } from '../../receiver/deferral/queue-message.ts';
import { claimedOrigin } from '../../receiver/logout/claimed-origin.ts';
import { type CompletedLogout, carryOut } from '../../receiver/logout/completed-logout.ts';
import { logoutAsConfigured } from '../../receiver/logout/configured-logout.ts';
import { originOf } from '../../receiver/logout/logout-order.ts';
import { LogoutFailure, Rejection } from '../../receiver/logout/rejection.ts';
import { epochSeconds, exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { endScope } from '../../relying-party/sessions/scope-ending.ts';
import { describeError, logger } from '../runtime/log.ts';
import { countDuration } from '../runtime/logout-duration.ts';
import { logoutRuntime } from '../runtime/logout-parts.ts';
import { Metrics, MetricUnit } from '../runtime/metrics.ts';
import { withinBudget } from '../runtime/time-budget.ts';
import { type QueueRecord, queueRecordsIn } from './queue-event.ts';

/** For putting off what failed last, and for the metrics. */
const RESERVE_MILLISECONDS = 5000;
/** For putting off one logout. Where that takes longer, the queue's own visibility timeout does it. */
const PUT_OFF_MILLISECONDS = 3000;

const runtime = await logoutRuntime(process.env, import.meta.url, true);
const { parts, relyingParties, deferredLogouts, unverifiedLogouts } = runtime;
const metrics = new Metrics();

/** Finishes the logouts that the queues kept. Those that it cannot finish now stay there. */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  try {
    const records = queueRecordsIn(event);
    for (const [index, record] of records.entries()) {
      // An even share, so that one logout of many sessions does not use up the time of all the others.
      const time = (context.getRemainingTimeInMillis() - RESERVE_MILLISECONDS) / (records.length - index);
      if (!(await isFinished(record, time))) {
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
  } finally {
    metrics.publish();
  }
  return { batchItemFailures };
}

async function isFinished(record: QueueRecord, milliseconds: number): Promise<boolean> {
  let deferred: DeferredLogout | undefined;
  try {
    deferred = deferredLogoutFrom(record.body);
    const sessionsEnded = await finish(deferred, Math.max(0, Math.floor(milliseconds)));
    if (sessionsEnded === undefined) {
      metrics.addMetric('DeferredLogoutRejected', MetricUnit.Count, 1);
      return true;
    }
    metrics.addMetric('DeferredLogoutCompleted', MetricUnit.Count, 1);
    metrics.addMetric('SessionsEnded', MetricUnit.Count, sessionsEnded);
    return true;
  } catch (error) {
    if (error instanceof Rejection && error.order) {
      // Its jti was used before: nobody could say so when it was received, and now it is final.
      logger.info('deferred_logout_rejected', { reason: error.reason, ...originOf(error.order) });
      metrics.addMetric('DeferredLogoutRejected', MetricUnit.Count, 1);
      return true;
    }
    const isMoved = deferred !== undefined && 'token' in deferred && (await isKeptAsVerified(deferred, error));
    if (!isMoved) {
      logger.warn('deferred_logout_failed', {
        receiveCount: record.receiveCount,
        reason: error instanceof Rejection || error instanceof LogoutFailure ? error.reason : 'internal_error',
        ...originIn(deferred),
        ...describeError(error),
      });
      countAge(record, deferred);
      await putOff(record);
    }
    return isMoved;
  }
}

/** SQS leaves out of its own age of a queue what was received three times, so nothing else tells how long users wait. */
function countAge({ queueName, sentAt }: QueueRecord, deferred: DeferredLogout | undefined): void {
  const since = deferred && 'receivedAt' in deferred ? deferred.receivedAt : sentAt;
  const age = exactEpochSeconds() - since;
  if (queueName === unverifiedLogouts.name) {
    metrics.addMetric('UnverifiedLogoutAge', MetricUnit.Seconds, age);
  } else {
    metrics.addMetric('DeferredLogoutAge', MetricUnit.Seconds, age);
  }
}

/** @returns how many sessions have ended; undefined where the logout is refused for good */
async function finish(deferred: DeferredLogout, milliseconds: number): Promise<number | undefined> {
  if ('endings' in deferred) {
    return await withinBudget(milliseconds, (signal) => finishInterrupted(deferred, signal));
  }
  const signal = AbortSignal.timeout(milliseconds);
  if ('frontchannelQuery' in deferred) {
    return await finishFrontchannel(deferred, signal);
  }
  const completed =
    'token' in deferred
      ? await logoutAsConfigured(deferred.token, deferred.receivedAt, relyingParties, parts, signal)
      : await carryOut(deferred.order, parts.sessionsTable, signal);
  return tellCompleted(completed, deferred.receivedAt);
}

/** Nobody has signed it: one that is refused is of no further use. What judges it is loaded with the first: hardly any comes. */
async function finishFrontchannel(
  { frontchannelQuery, receivedAt }: UnjudgedFrontchannelLogout,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { judgeAsConfigured } = await import('../../receiver/frontchannel-logout/frontchannel-request.ts');
  const judged = await judgeAsConfigured(frontchannelQuery, relyingParties, receivedAt);
  if ('reason' in judged) {
    logger.info('deferred_logout_rejected', { reason: judged.reason });
    return undefined;
  }
  return tellCompleted(await carryOut(judged.order, parts.sessionsTable, signal), receivedAt);
}

function tellCompleted(completed: CompletedLogout, receivedAt: number): number {
  logger.info('deferred_logout_completed', { ...completed, secondsLate: exactEpochSeconds() - receivedAt });
  metrics.addMetric('SessionsLeftByReplay', MetricUnit.Count, completed.sessionsLeftByReplay);
  countDuration(metrics, receivedAt);
  return completed.sessionsEnded;
}

async function finishInterrupted({ endings, loggedOutAt }: InterruptedLogout, signal: AbortSignal): Promise<number> {
  let sessionsEnded = 0;
  for (const ending of endings) {
    const { subs } = await endScope(parts.sessionsTable, ending, loggedOutAt, epochSeconds(), signal);
    sessionsEnded += subs.length;
  }
  logger.info('interrupted_logout_completed', { sessionsEnded });
  return sessionsEnded;
}

/**
 * Keeps what has been verified by now as verified: the keys may be others at the next try.
 *
 * @returns false where it was not verified, or cannot be kept: then the token is tried again
 */
async function isKeptAsVerified({ receivedAt }: UnverifiedLogout, error: unknown): Promise<boolean> {
  if (!(error instanceof LogoutFailure && error.order)) {
    return false;
  }
  try {
    await deferredLogouts.put({ order: error.order, receivedAt });
    logger.warn('deferred_logout_verified', { reason: error.reason, ...originOf(error.order) });
    return true;
  } catch (cause) {
    logger.warn('deferred_logout_not_kept_as_verified', describeError(cause));
    return false;
  }
}

function originIn(deferred: DeferredLogout | undefined): Record<string, unknown> {
  if (deferred && 'order' in deferred) {
    return { ...originOf(deferred.order) };
  }
  return deferred && 'token' in deferred ? { unverified: claimedOrigin(deferred.token) } : {};
}

async function putOff({ queueName, receiptHandle, receiveCount }: QueueRecord): Promise<void> {
  try {
    const queue = queueName === unverifiedLogouts.name ? unverifiedLogouts : deferredLogouts;
    await withinBudget(PUT_OFF_MILLISECONDS, () => queue.putOff(receiptHandle, receiveCount));
  } catch (error) {
    // It comes back when the queue's own visibility timeout is over.
    logger.warn('deferred_logout_not_put_off', describeError(error));
  }
}
