import { Logger } from '@aws-lambda-powertools/logger';
import { sourceStack } from './source-stack.ts';

export const logger = new Logger();

/**
 * Names of errors that say by name and message what has failed outside of this code: our own, those of Node's signals, and
 * zod's, which stands at every border.
 */
const FORESEEN = [
  'AbortError',
  'IssuerError',
  'LogoutFailure',
  'RelyingPartiesError',
  'RelyingPartiesUnavailable',
  'SecretError',
  'TimeBudgetSpent',
  'TimeoutError',
  '$ZodError',
  'ZodError',
];

type DescribedError = {
  readonly error: string;
  /** Where the error points to a bug. */
  readonly stack?: string | undefined;
  readonly cause?: DescribedError;
};

/**
 * Names and messages of an error and its causes, and where it was thrown if nobody foresaw it. Not their other fields: an
 * AWS error can carry the item it is about.
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) {
    return { error: typeof error };
  }
  return {
    error: `${error.name}: ${messageOf(error)}`,
    ...(!isForeseen(error) && { stack: error.stack && sourceStack(error.stack) }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** A name with several addresses is tried at all of them, and what was wrong stands in the errors of each. */
function messageOf(error: Error): string {
  return error instanceof AggregateError && error.message === ''
    ? error.errors.map((each) => (each instanceof Error ? each.message : typeof each)).join('; ')
    : error.message;
}

function isForeseen(error: Error): boolean {
  return FORESEEN.includes(error.name) || '$metadata' in error || hasCode(error);
}

/** As those of the network and of the system have, and our own; but so have the type errors that Node itself throws. */
function hasCode(error: Error): boolean {
  return (
    'code' in error && typeof error.code === 'string' && !(error instanceof TypeError || error instanceof RangeError)
  );
}
