import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { finishScope } from '../../relying-party/sessions/scope-ending.ts';
import { endBroughtBack } from '../../relying-party/sessions/session-ending.ts';
import { dynamodbClient } from '../runtime/dynamodb.ts';
import { describeError, logger } from '../runtime/log.ts';
import { deferredLogoutQueue } from '../runtime/logout-queue.ts';
import { publishMetrics } from '../runtime/published-metrics.ts';
import { withinBudget } from '../runtime/time-budget.ts';
import { type BroughtBackSession, type ClaimedLogout, unfinishedIn } from './stream-event.ts';

/** For putting one logout into the queue: three tries, and the first connection. */
const KEEPING_MILLISECONDS = 5000;
/** For the log line and the metric of what could not be kept, and for the answer. */
const ANSWER_MILLISECONDS = 2000;

/**
 * Logouts looked after at once. One after the other, what the stream tells in a burst would come faster than it is read;
 * with many more, a function that has just started would not get to the answers before their requests time out.
 */
const AT_ONCE = 10;

const { SESSIONS_TABLE_NAME } = z.object({ SESSIONS_TABLE_NAME: z.string() }).parse(process.env);
const table = { client: dynamodbClient(), tableName: SESSIONS_TABLE_NAME };
const queue = deferredLogoutQueue(process.env);
const metrics = new Metrics();

/**
 * Looks after every logout that was begun, a little later, and finishes those whose function died half-way. Sessions that
 * took the place of their own end, it ends again.
 *
 * @returns the first record that could neither be finished nor kept, or that no time was left for: the stream delivers
 *   again from there
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    const unfinished = unfinishedIn(event);
    for (let start = 0; start < unfinished.length; start += AT_ONCE) {
      const next = unfinished.slice(start, start + AT_ONCE);
      const time = context.getRemainingTimeInMillis() - KEEPING_MILLISECONDS - ANSWER_MILLISECONDS;
      // An even share, so that one logout of many sessions does not use up the time of all the others.
      const share = time / Math.ceil((unfinished.length - start) / AT_ONCE);
      const areDone = await Promise.all(next.map(async (each) => time > 0 && (await isFinished(each, share))));
      const notDone = next[areDone.indexOf(false)];
      if (notDone) {
        return { batchItemFailures: [{ itemIdentifier: notDone.sequenceNumber }] };
      }
    }
    return { batchItemFailures: [] };
  } finally {
    publishMetrics(metrics);
  }
}

async function isFinished(each: ClaimedLogout | BroughtBackSession, milliseconds: number): Promise<boolean> {
  try {
    await withinBudget(milliseconds, (signal) => (each.kind === 'claimed' ? finish(each, signal) : endAgain(each)));
    return true;
  } catch (error) {
    logger.warn('interrupted_logout_failed', describeError(error));
    // A queue of logouts has no place for a single session: the stream keeps it.
    return each.kind === 'claimed' && (await isKept(each));
  }
}

async function finish({ endings, loggedOutAt }: ClaimedLogout, signal: AbortSignal): Promise<void> {
  for (const ending of endings) {
    const { wasLeft, ended } = await finishScope(table, ending, loggedOutAt, epochSeconds(), signal);
    if (wasLeft) {
      logger.warn('interrupted_logout_completed', { sessionsEnded: ended });
      metrics.addMetric('InterruptedLogoutCompleted', MetricUnit.Count, 1);
      metrics.addMetric('SessionsEnded', MetricUnit.Count, ended);
    }
  }
}

async function endAgain(session: BroughtBackSession): Promise<void> {
  if (await endBroughtBack(table, session, session.reason, epochSeconds())) {
    logger.warn('session_ended_again');
    metrics.addMetric('SessionsEndedAgain', MetricUnit.Count, 1);
  }
}

/** A stream is tried in order: what fails must not hold up the others. */
async function isKept({ endings, loggedOutAt }: ClaimedLogout): Promise<boolean> {
  try {
    await withinBudget(KEEPING_MILLISECONDS, (signal) => queue.put({ endings: [...endings], loggedOutAt }, signal));
    return true;
  } catch (error) {
    logger.error('interrupted_logout_not_kept', describeError(error));
    metrics.addMetric('InterruptedLogoutNotKept', MetricUnit.Count, 1);
    return false;
  }
}
