import type { AwsConfiguration } from './aws-options.ts';
import { outputOf, readStack } from './deployed-stack.ts';

/**
 * Name of the table that holds the sessions.
 *
 * @param stack name of the receiver's stack
 * @throws FailedError where the stack cannot be found, or nobody may look
 */
export async function sessionsTableName(configuration: AwsConfiguration, stack: string): Promise<string> {
  return outputOf(await readStack(configuration, stack), 'SessionsTableName');
}
