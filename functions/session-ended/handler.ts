import type { Context } from 'aws-lambda';
import { variable } from '../runtime/environment.ts';
import { describeError, logger } from '../runtime/log.ts';
import { Metrics, MetricUnit } from '../runtime/metrics.ts';
import { EventBus, MOST_EVENTS_AT_ONCE } from './event-bus.ts';
import { type EndedSession, endedSessionsIn } from './stream-event.ts';

const bus = new EventBus(variable(process.env, 'EVENT_BUS_NAME'));
const metrics = new Metrics();

/** For ten events at worst, three tries of three attempts each that take a second, and for the answer. */
const PUBLISHING_MILLISECONDS = 13_000;

/**
 * Publishes the end of each session.
 *
 * @returns the first record whose event could not be published, or that no time was left for: the stream delivers again
 *   from there
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const ended = endedSessionsIn(event, (sequenceNumber) => logger.warn('session_end_unreadable', { sequenceNumber }));
  try {
    for (let start = 0; start < ended.length; start += MOST_EVENTS_AT_ONCE) {
      const next = ended.slice(start, start + MOST_EVENTS_AT_ONCE);
      // Were the function ended by its timeout, all would be published again, and nothing counted.
      const isTimeLeft = start === 0 || context.getRemainingTimeInMillis() >= PUBLISHING_MILLISECONDS;
      const failed = isTimeLeft ? await firstNotPublished(next) : next[0];
      if (failed) {
        return { batchItemFailures: [{ itemIdentifier: failed.sequenceNumber }] };
      }
    }
    return { batchItemFailures: [] };
  } finally {
    metrics.publish();
  }
}

async function firstNotPublished(ended: readonly EndedSession[]): Promise<EndedSession | undefined> {
  try {
    const refused = await bus.publish(ended);
    count(ended.length - refused.length, refused.length);
    const [first] = refused;
    if (first) {
      logger.warn('session_ended_events_refused', { errorCodes: refused.map(({ errorCode }) => errorCode) });
    }
    return first && ended[first.index];
  } catch (error) {
    count(0, ended.length);
    logger.warn('session_ended_events_failed', describeError(error));
    return ended[0];
  }
}

function count(published: number, notPublished: number): void {
  metrics.addMetric('SessionEndedEventsPublished', MetricUnit.Count, published);
  metrics.addMetric('SessionEndedEventsNotPublished', MetricUnit.Count, notPublished);
}
