import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { logout } from '../logout/logout.ts';
import { logoutTokenIn } from '../logout/logout-request.ts';
import { LogoutFailure, Rejection } from '../logout/rejection.ts';
import { describeError, logger } from '../runtime/log.ts';
import { logoutRuntime } from '../runtime/logout-parts.ts';
import { DEFERRED, failed, type HttpAnswer, LOGGED_OUT, rejected } from './http-answer.ts';
import { logoutRequestFrom } from './http-api-event.ts';

/** For keeping a logout that was not done in time, three tries at the queue included. */
const DEFERRAL_MILLISECONDS = 3000;

const { parts, limits, queue } = logoutRuntime(process.env, import.meta.url, false);
const metrics = new Metrics();

/** Receives back-channel logout requests from the HTTP API. */
export async function handler(event: unknown, context: Context): Promise<HttpAnswer> {
  logger.addContext(context);
  const receivedAt = Date.now() / 1000;
  try {
    const token = logoutTokenIn(logoutRequestFrom(event), limits);
    const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - DEFERRAL_MILLISECONDS));
    try {
      const completed = await logout(token, receivedAt, parts, signal);
      logger.info('logout_accepted', { ...completed });
      metrics.addMetric('LogoutAccepted', MetricUnit.Count, 1);
      metrics.addMetric('LogoutReplayed', MetricUnit.Count, Number(completed.isReplay));
      metrics.addMetric('SessionsEnded', MetricUnit.Count, completed.sessionsEnded);
      metrics.addMetric('SessionsOfAnotherSubEnded', MetricUnit.Count, completed.sessionsOfAnotherSub);
      return LOGGED_OUT;
    } catch (error) {
      return error instanceof Rejection ? refusal(error) : await deferral(error, token, receivedAt);
    }
  } catch (error) {
    return error instanceof Rejection ? refusal(error) : failure(error);
  } finally {
    metrics.publishStoredMetrics();
  }
}

function refusal({ reason }: Rejection): HttpAnswer {
  logger.info('logout_rejected', { reason });
  count('LogoutRejected', reason);
  return rejected(reason);
}

/** An outage must not lose a logout: most OPs send it once, and forget it. */
async function deferral(cause: unknown, token: string, receivedAt: number): Promise<HttpAnswer> {
  try {
    await queue.put({ token, receivedAt });
  } catch (error) {
    logger.error('logout_not_kept', describeError(error));
    // By itself: the alarm is about all of them, whatever their reason.
    metrics.singleMetric().addMetric('LogoutNotKept', MetricUnit.Count, 1);
    return failure(cause);
  }
  const reason = reasonOf(cause);
  logger.warn('logout_deferred', { reason, ...describeError(cause) });
  count('LogoutDeferred', reason);
  return DEFERRED;
}

function failure(error: unknown): HttpAnswer {
  const reason = reasonOf(error);
  logger.error('logout_failed', { reason, ...describeError(error) });
  count('LogoutFailed', reason);
  return failed(reason);
}

function reasonOf(error: unknown) {
  return error instanceof LogoutFailure ? error.reason : 'internal_error';
}

function count(metric: string, reason: string): void {
  metrics.addDimension('Reason', reason);
  metrics.addMetric(metric, MetricUnit.Count, 1);
}
