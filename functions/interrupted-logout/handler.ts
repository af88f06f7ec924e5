import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { dynamodbClient } from '../runtime/dynamodb.ts';
import { describeError, logger } from '../runtime/log.ts';
import { deferredLogoutQueue } from '../runtime/logout-queue.ts';
import { finishScope } from '../sessions/scope-ending.ts';
import { type ClaimedLogout, claimedLogoutsIn } from './stream-event.ts';

const { SESSIONS_TABLE_NAME } = z.object({ SESSIONS_TABLE_NAME: z.string() }).parse(process.env);
const table = { client: dynamodbClient(), tableName: SESSIONS_TABLE_NAME };
const queue = deferredLogoutQueue(process.env);
const metrics = new Metrics();

/**
 * Looks after every logout that was begun, a little later, and finishes those whose function died half-way.
 *
 * @returns the first record that could neither be finished nor kept: the stream delivers again from there
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    for (const claimed of claimedLogoutsIn(event)) {
      if (!(await isFinished(claimed))) {
        return { batchItemFailures: [{ itemIdentifier: claimed.sequenceNumber }] };
      }
    }
    return { batchItemFailures: [] };
  } finally {
    metrics.publishStoredMetrics();
  }
}

async function isFinished({ endings, loggedOutAt }: ClaimedLogout): Promise<boolean> {
  try {
    for (const ending of endings) {
      const { wasLeft, ended } = await finishScope(table, ending, loggedOutAt, Math.floor(Date.now() / 1000));
      if (wasLeft) {
        logger.warn('interrupted_logout_completed', { sessionsEnded: ended });
        metrics.addMetric('InterruptedLogoutCompleted', MetricUnit.Count, 1);
        metrics.addMetric('SessionsEnded', MetricUnit.Count, ended);
      }
    }
    return true;
  } catch (error) {
    logger.warn('interrupted_logout_failed', describeError(error));
    return await isKept({ endings, loggedOutAt });
  }
}

/** A stream is tried in order: what fails must not hold up the others. */
async function isKept({ endings, loggedOutAt }: Omit<ClaimedLogout, 'sequenceNumber'>): Promise<boolean> {
  try {
    await queue.put({ endings: [...endings], loggedOutAt });
    return true;
  } catch (error) {
    logger.error('interrupted_logout_not_kept', describeError(error));
    return false;
  }
}
