import type { Context } from 'aws-lambda';
import { claimedOrigin } from '../../receiver/logout/claimed-origin.ts';
import type { CompletedLogout } from '../../receiver/logout/completed-logout.ts';
import { logoutAsConfigured } from '../../receiver/logout/configured-logout.ts';
import { originOf } from '../../receiver/logout/logout-order.ts';
import { logoutTokenIn } from '../../receiver/logout/logout-request.ts';
import { LogoutFailure, Rejection } from '../../receiver/logout/rejection.ts';
import { warmUp } from '../../receiver/logout/warm-up.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { describeError, logger } from '../runtime/log.ts';
import { countDuration } from '../runtime/logout-duration.ts';
import { logoutRuntime } from '../runtime/logout-parts.ts';
import { countByReason, Metrics, MetricUnit } from '../runtime/metrics.ts';
import { timeUntil, withinBudget } from '../runtime/time-budget.ts';
import { logoutRequestFrom } from './gateway-event.ts';
import { DEFERRED, failed, type HttpAnswer, LOGGED_OUT, rejected } from './http-answer.ts';

/** For keeping a logout that was not done in time, three tries at the queue included, and for saying so. */
const DEFERRAL_MILLISECONDS = 4500;
/** Of which the queue leaves so much, for the log, the metrics and the answer. */
const ANSWER_MILLISECONDS = 1000;

/** As long as the first logout would wait for the table, and no longer: without it, all is as it would be. */
const WARM_UP_MILLISECONDS = 500;

const runtime = await logoutRuntime(process.env, import.meta.url, false);
const { parts, relyingParties, deferredLogouts, unverifiedLogouts } = runtime;
const metrics = new Metrics();
await warmUpWithin(WARM_UP_MILLISECONDS);

/** Silent where it fails: nobody has asked for anything yet. */
async function warmUpWithin(milliseconds: number): Promise<void> {
  const known = await relyingParties.known();
  await withinBudget(milliseconds, (signal) => warmUp(known, parts, signal)).catch(() => undefined);
}

/** A token that was received. Its origin is what it claims, until it is verified. */
interface Received {
  readonly token: string;
  /** Epoch seconds, with their fraction. */
  readonly receivedAt: number;
}

/** Receives back-channel logout requests from API Gateway. */
export async function handler(event: unknown, context: Context): Promise<HttpAnswer> {
  logger.addContext(context);
  const receivedAt = exactEpochSeconds();
  try {
    const token = logoutTokenIn(logoutRequestFrom(event), await relyingParties.known());
    return await outcome({ token, receivedAt }, context);
  } catch (error) {
    return error instanceof Rejection ? refusal(error, {}) : failure(error, {});
  } finally {
    metrics.publish();
  }
}

async function outcome(received: Received, context: Context): Promise<HttpAnswer> {
  const { token, receivedAt } = received;
  try {
    const signal = timeUntil(context, DEFERRAL_MILLISECONDS);
    return accepted(await logoutAsConfigured(token, receivedAt, relyingParties, parts, signal), receivedAt);
  } catch (error) {
    return error instanceof Rejection
      ? refusal(error, originIn(error, token))
      : await deferral(error, received, timeUntil(context, ANSWER_MILLISECONDS));
  }
}

/** What a log line says of a logout: whose it is, once its token was verified, and what the token claims before that. */
function originIn(error: unknown, token: string): Record<string, unknown> {
  const order = error instanceof Rejection || error instanceof LogoutFailure ? error.order : undefined;
  return order ? { ...originOf(order) } : { unverified: claimedOrigin(token) };
}

function accepted(completed: CompletedLogout, receivedAt: number): HttpAnswer {
  logger.info('logout_accepted', { ...completed });
  metrics.addMetric('LogoutAccepted', MetricUnit.Count, 1);
  metrics.addMetric('LogoutReplayed', MetricUnit.Count, Number(completed.isReplay));
  metrics.addMetric('SessionsEnded', MetricUnit.Count, completed.sessionsEnded);
  metrics.addMetric('SessionsOfAnotherSubEnded', MetricUnit.Count, completed.sessionsOfAnotherSub);
  metrics.addMetric('SessionsLeftByReplay', MetricUnit.Count, completed.sessionsLeftByReplay);
  countDuration(metrics, receivedAt);
  return LOGGED_OUT;
}

function refusal({ reason }: Rejection, origin: Record<string, unknown>): HttpAnswer {
  logger.info('logout_rejected', { reason, ...origin });
  countByReason('LogoutRejected', reason);
  return rejected(reason);
}

/** An outage must not lose a logout: most OPs send it once, and forget it. */
async function deferral(cause: unknown, { token, receivedAt }: Received, signal: AbortSignal): Promise<HttpAnswer> {
  const order = cause instanceof LogoutFailure ? cause.order : undefined;
  const origin = originIn(cause, token);
  try {
    await (order
      ? deferredLogouts.put({ order, receivedAt }, signal)
      : unverifiedLogouts.put({ token, receivedAt }, signal));
  } catch (error) {
    logger.error('logout_not_kept', { ...origin, ...describeError(error) });
    metrics.addMetric('LogoutNotKept', MetricUnit.Count, 1);
    return failure(cause, origin);
  }
  const reason = reasonOf(cause);
  logger.warn('logout_deferred', { reason, isVerified: order !== undefined, ...origin, ...describeError(cause) });
  countByReason('LogoutDeferred', reason);
  return DEFERRED;
}

function failure(error: unknown, origin: Record<string, unknown>): HttpAnswer {
  const reason = reasonOf(error);
  logger.error('logout_failed', { reason, ...origin, ...describeError(error) });
  countByReason('LogoutFailed', reason);
  return failed(reason);
}

function reasonOf(error: unknown) {
  return error instanceof LogoutFailure ? error.reason : 'internal_error';
}
