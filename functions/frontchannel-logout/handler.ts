import type { Context } from 'aws-lambda';
import type { DeferredLogout } from '../../receiver/deferral/deferred-logout.ts';
import { isWithinLimit } from '../../receiver/frontchannel-logout/address-limit.ts';
import { type JudgedRequest, judgeAsConfigured } from '../../receiver/frontchannel-logout/frontchannel-request.ts';
import type { FrontchannelReason } from '../../receiver/frontchannel-logout/reasons.ts';
import { carryOut } from '../../receiver/logout/completed-logout.ts';
import { type LogoutOrder, originOf } from '../../receiver/logout/logout-order.ts';
import { LogoutFailure } from '../../receiver/logout/rejection.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { dynamodbClient } from '../runtime/dynamodb.ts';
import { variable } from '../runtime/environment.ts';
import { describeError, logger } from '../runtime/log.ts';
import { countDuration } from '../runtime/logout-duration.ts';
import { unverifiedLogoutQueue } from '../runtime/logout-queue.ts';
import { countByReason, Metrics, MetricUnit } from '../runtime/metrics.ts';
import { deployedRelyingParties } from '../runtime/relying-parties.ts';
import { timeUntil, withinBudget } from '../runtime/time-budget.ts';
import { type FrontchannelRequest, frontchannelRequestFrom } from './gateway-event.ts';
import { ANSWER } from './http-answer.ts';

/** For counting a request of an address: three tries. A table that is slower has no say in whether a logout is carried out. */
const COUNTING_MILLISECONDS = 3000;
/** For keeping a logout that was not done in time, three tries at the queue included, and for saying so. */
const DEFERRAL_MILLISECONDS = 4500;
/** Of which the queue leaves so much, for the log, the metrics and the answer. */
const ANSWER_MILLISECONDS = 1000;

const relyingParties = await deployedRelyingParties(process.env, import.meta.url);
const table = { client: dynamodbClient(), tableName: variable(process.env, 'SESSIONS_TABLE_NAME') };
// Nobody has signed these logouts: they must not hold up those that were verified.
const queue = unverifiedLogoutQueue(process.env);
const metrics = new Metrics();

/** Receives front-channel logout requests from API Gateway. The answer is the same whatever becomes of them. */
export async function handler(event: unknown, context: Context): Promise<typeof ANSWER> {
  logger.addContext(context);
  try {
    await handleRequest(frontchannelRequestFrom(event), exactEpochSeconds(), context);
  } catch (error) {
    logger.error('frontchannel_logout_failed', { reason: 'internal_error', ...describeError(error) });
    countByReason('FrontchannelLogoutFailed', 'internal_error');
  } finally {
    metrics.publish();
  }
  return ANSWER;
}

async function handleRequest(
  { query, sourceIp }: FrontchannelRequest,
  receivedAt: number,
  context: Context,
): Promise<void> {
  const signal = timeUntil(context, DEFERRAL_MILLISECONDS);
  const judged = await judge(query, receivedAt);
  if ('reason' in judged) {
    return refuse(judged.reason);
  }
  if (!(await mayTry(sourceIp, receivedAt))) {
    return refuse('address_limit');
  }
  await ('order' in judged
    ? logOut(judged.order, receivedAt, signal, context)
    : defer(judged.unjudged, {}, { frontchannelQuery: query, receivedAt }, timeUntil(context, ANSWER_MILLISECONDS)));
}

/** What became of a request, or why nobody can say that yet. */
async function judge(query: string, receivedAt: number): Promise<JudgedRequest | { unjudged: LogoutFailure }> {
  try {
    return await judgeAsConfigured(query, relyingParties, receivedAt);
  } catch (error) {
    if (error instanceof LogoutFailure) {
      return { unjudged: error };
    }
    throw error;
  }
}

/** Where nobody can count, the logout goes on: to lose one is worse than to let somebody guess in vain. */
async function mayTry(sourceIp: string, receivedAt: number): Promise<boolean> {
  try {
    return await withinBudget(COUNTING_MILLISECONDS, () => isWithinLimit(table, sourceIp, receivedAt));
  } catch (error) {
    logger.warn('frontchannel_address_not_counted', describeError(error));
    metrics.addMetric('FrontchannelAddressNotCounted', MetricUnit.Count, 1);
    return true;
  }
}

async function logOut(order: LogoutOrder, receivedAt: number, signal: AbortSignal, context: Context): Promise<void> {
  try {
    const { scope: _scope, isReplay: _isReplay, ...completed } = await carryOut(order, table, signal);
    logger.info('frontchannel_logout_accepted', { ...completed });
    metrics.addMetric('FrontchannelLogoutAccepted', MetricUnit.Count, 1);
    metrics.addMetric('SessionsEnded', MetricUnit.Count, completed.sessionsEnded);
    countDuration(metrics, receivedAt);
  } catch (error) {
    await defer(error, originOf(order), { order, receivedAt }, timeUntil(context, ANSWER_MILLISECONDS));
  }
}

function refuse(reason: FrontchannelReason): void {
  // Nothing of the query: it may hold a `sid` in any place of it.
  logger.info('frontchannel_logout_rejected', { reason });
  countByReason('FrontchannelLogoutRejected', reason);
}

/** An outage must not lose a logout: the browser comes once. An order holds hashes alone. */
async function defer(cause: unknown, origin: object, logout: DeferredLogout, signal: AbortSignal): Promise<void> {
  const reason = cause instanceof LogoutFailure ? cause.reason : 'internal_error';
  try {
    await queue.put(logout, signal);
    logger.warn('frontchannel_logout_deferred', { reason, ...origin, ...describeError(cause) });
    countByReason('FrontchannelLogoutDeferred', reason);
  } catch (error) {
    logger.error('logout_not_kept', { ...origin, ...describeError(error) });
    metrics.addMetric('LogoutNotKept', MetricUnit.Count, 1);
    logger.error('frontchannel_logout_failed', { reason, ...origin, ...describeError(cause) });
    countByReason('FrontchannelLogoutFailed', reason);
  }
}
