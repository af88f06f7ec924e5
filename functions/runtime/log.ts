import { Logger } from '@aws-lambda-powertools/logger';
import { sourceStack } from './source-stack.ts';

export const logger = new Logger();

/** Names and places of an error and its causes. Not their other fields: an AWS error can carry the item it is about. */
export function describeError(error: unknown): { error: string; stack: string | undefined; cause?: unknown } {
  if (!(error instanceof Error)) {
    return { error: typeof error, stack: undefined };
  }
  return {
    error: `${error.name}: ${error.message}`,
    stack: error.stack && sourceStack(error.stack),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
