import { LogoutQueue } from '../../receiver/deferral/logout-queue.ts';
import { numericVariable, variable } from './environment.ts';

/**
 * The queue of verified logouts that a function's environment names.
 *
 * @throws EnvironmentError where a variable is missing
 */
export function deferredLogoutQueue(environment: NodeJS.ProcessEnv): LogoutQueue {
  return queueAt(variable(environment, 'DEFERRED_LOGOUT_QUEUE_URL'), environment);
}

/**
 * The queue of logouts that could not be verified yet. Whoever can reach the endpoint can fill it, and must not hold up
 * those that were verified.
 *
 * @throws EnvironmentError where a variable is missing
 */
export function unverifiedLogoutQueue(environment: NodeJS.ProcessEnv): LogoutQueue {
  return queueAt(variable(environment, 'UNVERIFIED_LOGOUT_QUEUE_URL'), environment);
}

function queueAt(url: string, environment: NodeJS.ProcessEnv): LogoutQueue {
  return new LogoutQueue(url, numericVariable(environment, 'DEFERRED_LOGOUT_DELAY_SECONDS'));
}
