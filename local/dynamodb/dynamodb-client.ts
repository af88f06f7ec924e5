import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { localAccount } from '../local-account.ts';
import { StartupError } from '../process/startup-error.ts';

// The SDK's version is locked here: with which Node.js later versions will not run is no news for the terminal.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** A client of the local run's DynamoDB, with the region and the credentials that the function gets too. */
export function dynamodbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: localAccount.region,
    credentials: localAccount.credentials,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
}

/**
 * Makes sure that a DynamoDB answers there.
 *
 * @throws StartupError where none does
 */
export async function reachDynamodb(endpoint: string): Promise<void> {
  try {
    await dynamodbClient(endpoint).send(new ListTablesCommand({ Limit: 1 }));
  } catch (cause) {
    throw dynamodbProblem(endpoint, cause);
  }
}

/** What the person at the terminal reads when a call of DynamoDB fails. */
export function dynamodbProblem(endpoint: string, cause: unknown): StartupError {
  return new StartupError(`DynamoDB at ${endpoint} cannot be used: ${reasonOf(cause)}`, { cause });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  if (cause instanceof SyntaxError) {
    return 'what answers there does not speak its protocol';
  }
  const { name, message } = cause;
  const code = 'code' in cause ? String(cause.code) : name;
  return `${code} ${message}`.replaceAll(/\s+/g, ' ').trim();
}
