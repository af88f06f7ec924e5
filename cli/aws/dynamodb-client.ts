import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { FailedError } from '../command-error.ts';

// With which Node.js later versions of the SDK will not run is no news for who uses this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Where the AWS account is, where it is not as the environment and the AWS configuration files say. */
export interface AwsPlace {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** A client of DynamoDB, with what the AWS tools take from the environment. The caller destroys it. */
export function dynamodbClient({ region, profile }: AwsPlace, environment: NodeJS.ProcessEnv): DynamoDBDocumentClient {
  // The AWS CLI reads both variables, and the SDK the first one alone.
  const chosen = region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
  return DynamoDBDocumentClient.from(
    new DynamoDBClient({
      ...(chosen && { region: chosen }),
      ...(profile !== undefined && { profile }),
      requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    }),
  );
}

/**
 * What the person at the terminal reads when a call of DynamoDB fails.
 *
 * @returns the error as it is, where DynamoDB and the way to it are not at fault
 */
export function dynamodbProblem(error: unknown, tableName: string): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const { name } = error;
  const message = messageOf(error);
  if (/ProviderError$/.test(name)) {
    return new FailedError(`no AWS credentials: choose them with --profile or AWS_PROFILE, or sign in (${message})`);
  }
  if (message === 'Region is missing') {
    return new FailedError('no AWS region: choose it with --region or AWS_REGION');
  }
  if (message.startsWith('Region not accepted')) {
    return new FailedError('no AWS region has such a name: choose it with --region or AWS_REGION');
  }
  if (name === 'ResourceNotFoundException') {
    return new FailedError(`there is no table ${tableName} in this AWS account and region`);
  }
  if ('$fault' in error) {
    return new FailedError(`DynamoDB refuses: ${name}: ${message}`);
  }
  return isOfNetwork(error) ? new FailedError(`DynamoDB cannot be reached: ${message}`) : error;
}

/** Node's own type errors have a code too, and are defects. */
function isOfNetwork(error: Error): boolean {
  const hasCode = 'code' in error && !(error instanceof TypeError || error instanceof RangeError);
  return hasCode || error.name === 'TimeoutError';
}

function messageOf(error: Error): string {
  const message =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
      : error.message;
  return message.replaceAll(/\s+/g, ' ').trim();
}
