import * as z from 'zod/mini';
import { LogoutQueue } from '../../receiver/deferral/logout-queue.ts';

const Deferred = z.object({
  DEFERRED_LOGOUT_QUEUE_URL: z.string(),
  DEFERRED_LOGOUT_DELAY_SECONDS: z.coerce.number(),
});
const Unverified = z.object({
  UNVERIFIED_LOGOUT_QUEUE_URL: z.string(),
  DEFERRED_LOGOUT_DELAY_SECONDS: z.coerce.number(),
});

/**
 * The queue of verified logouts that a function's environment names.
 *
 * @throws z.core.$ZodError where a variable is missing
 */
export function deferredLogoutQueue(environment: NodeJS.ProcessEnv): LogoutQueue {
  const { DEFERRED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS } = Deferred.parse(environment);
  return new LogoutQueue(DEFERRED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS);
}

/**
 * The queue of logouts that could not be verified yet. Whoever can reach the endpoint can fill it, and must not hold up
 * those that were verified.
 *
 * @throws z.core.$ZodError where a variable is missing
 */
export function unverifiedLogoutQueue(environment: NodeJS.ProcessEnv): LogoutQueue {
  const { UNVERIFIED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS } = Unverified.parse(environment);
  return new LogoutQueue(UNVERIFIED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS);
}
