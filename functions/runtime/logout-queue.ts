import * as z from 'zod/mini';
import { LogoutQueue } from '../deferral/logout-queue.ts';

const Environment = z.object({
  DEFERRED_LOGOUT_QUEUE_URL: z.string(),
  DEFERRED_LOGOUT_DELAY_SECONDS: z.coerce.number(),
});

/**
 * The queue that a function's environment names.
 *
 * @throws z.core.$ZodError where a variable is missing
 */
export function logoutQueue(environment: NodeJS.ProcessEnv): LogoutQueue {
  const { DEFERRED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS } = Environment.parse(environment);
  return new LogoutQueue(DEFERRED_LOGOUT_QUEUE_URL, DEFERRED_LOGOUT_DELAY_SECONDS);
}
