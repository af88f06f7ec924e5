import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { deferredLogoutFrom, type InterruptedLogout, type ReceivedLogout } from '../deferral/deferred-logout.ts';
import { logout } from '../logout/logout.ts';
import { Rejection } from '../logout/rejection.ts';
import { describeError, logger } from '../runtime/log.ts';
import { logoutRuntime } from '../runtime/logout-parts.ts';
import { endScope } from '../sessions/scope-ending.ts';
import { type QueueRecord, queueRecordsIn } from './queue-event.ts';

/** For putting off what failed. */
const RESERVE_MILLISECONDS = 5000;

const { parts, queue } = logoutRuntime(process.env, import.meta.url, true);
const metrics = new Metrics();

/** Finishes the logouts that the queue kept. Those that it cannot finish now stay there. */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  try {
    const records = queueRecordsIn(event);
    for (const [index, record] of records.entries()) {
      // An even share, so that one logout of many sessions does not use up the time of all the others.
      const time = (context.getRemainingTimeInMillis() - RESERVE_MILLISECONDS) / (records.length - index);
      if (!(await isFinished(record, AbortSignal.timeout(Math.max(0, Math.floor(time)))))) {
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
  } finally {
    metrics.publishStoredMetrics();
  }
  return { batchItemFailures };
}

async function isFinished(record: QueueRecord, signal: AbortSignal): Promise<boolean> {
  try {
    const deferred = deferredLogoutFrom(record.body);
    const sessionsEnded = 'token' in deferred ? await carryOut(deferred, signal) : await finish(deferred, signal);
    metrics.addMetric('DeferredLogoutCompleted', MetricUnit.Count, 1);
    metrics.addMetric('SessionsEnded', MetricUnit.Count, sessionsEnded);
    return true;
  } catch (error) {
    if (error instanceof Rejection) {
      // Nobody could say so when it was received; now it is final.
      logger.info('deferred_logout_rejected', { reason: error.reason });
      metrics.addMetric('DeferredLogoutRejected', MetricUnit.Count, 1);
      return true;
    }
    logger.warn('deferred_logout_failed', { receiveCount: record.receiveCount, ...describeError(error) });
    await putOff(record);
    return false;
  }
}

async function carryOut({ token, receivedAt }: ReceivedLogout, signal: AbortSignal): Promise<number> {
  const completed = await logout(token, receivedAt, parts, signal);
  logger.info('deferred_logout_completed', { ...completed, secondsLate: Date.now() / 1000 - receivedAt });
  return completed.sessionsEnded;
}

async function finish({ endings, notBefore }: InterruptedLogout, signal: AbortSignal): Promise<number> {
  let sessionsEnded = 0;
  for (const ending of endings) {
    const ended = await endScope(parts.sessionsTable, ending, notBefore, Math.floor(Date.now() / 1000), signal);
    sessionsEnded += ended.length;
  }
  logger.info('interrupted_logout_completed', { sessionsEnded });
  return sessionsEnded;
}

async function putOff({ receiptHandle, receiveCount }: QueueRecord): Promise<void> {
  try {
    await queue.putOff(receiptHandle, receiveCount);
  } catch (error) {
    // It comes back when the queue's own visibility timeout is over.
    logger.warn('deferred_logout_not_put_off', describeError(error));
  }
}
