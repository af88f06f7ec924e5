import type { Context } from 'aws-lambda';
import { epochMilliseconds } from '../../relying-party/sessions/clock.ts';
import { sourceStack } from './source-stack.ts';

type Members = Readonly<Record<string, unknown>>;

/** From the least to the most serious, as Lambda names them in `AWS_LAMBDA_LOG_LEVEL`. */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/**
 * Writes the log: JSON lines with the names that Powertools for AWS Lambda gives to their members
 * (https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#standard-structured-keys), so that queries for
 * its lines fit ours.
 */
class Logger {
  #invocation: Members = {};
  #isColdStart = process.env.AWS_LAMBDA_INITIALIZATION_TYPE === 'on-demand';

  /** What all lines say from now on: which invocation of which function they are from. */
  addContext({ invokedFunctionArn, memoryLimitInMB, functionName, awsRequestId }: Context): void {
    this.#invocation = {
      cold_start: this.#isColdStart,
      function_arn: invokedFunctionArn,
      function_memory_size: memoryLimitInMB,
      function_name: functionName,
      function_request_id: awsRequestId,
    };
    this.#isColdStart = false;
  }

  info(message: string, members?: Members): void {
    this.#write('INFO', message, members);
  }

  warn(message: string, members?: Members): void {
    this.#write('WARN', message, members);
  }

  error(message: string, members?: Members): void {
    this.#write('ERROR', message, members);
  }

  #write(level: string, message: string, members: Members = {}): void {
    const { AWS_LAMBDA_LOG_LEVEL: least = 'INFO', POWERTOOLS_SERVICE_NAME: service } = process.env;
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) {
      return;
    }
    const timestamp = new Date(epochMilliseconds()).toISOString();
    const common = { level, message, timestamp, service, ...this.#invocation, xray_trace_id: traceId() };
    process.stdout.write(`${JSON.stringify({ ...common, ...members })}\n`);
  }
}

export const logger = new Logger();

/** Of the header that X-Ray has: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. */
function traceId(): string | undefined {
  return /(?:^|;)Root=([^;]*)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];
}

/**
 * Names of errors that say by name and message what has failed outside of this code: our own, those of Node's signals, and
 * zod's, which stands at every border.
 */
const FORESEEN = [
  'AbortError',
  'EnvironmentError',
  'EventError',
  'IssuerError',
  'LogoutFailure',
  'RelyingPartiesError',
  'RelyingPartiesUnavailable',
  'SecretError',
  'StoredItemError',
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
