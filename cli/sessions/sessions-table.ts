import * as z from 'zod/mini';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { StoredItemError } from '../../relying-party/sessions/stored-item.ts';
import { inPlainWords } from '../aws/aws-failure.ts';
import { type AwsConfiguration, type AwsOptions, awsConfiguration } from '../aws/aws-options.ts';
import { sessionsTableName } from '../aws/sessions-table.ts';
import { FailedError } from '../command-error.ts';
import type { Outcome } from '../outcome.ts';
import type { Terminal } from '../terminal.ts';

/** Ending reads no session, and so cannot fail at one. Counting them for the question does. */
const SPOILT =
  'one of the sessions is not as the session library writes it; sessions end --yes ends it with the others';

/**
 * Has something done with the sessions table: the one that is named, or that of the stack.
 *
 * @throws FailedError where the table cannot be used
 */
export async function withSessionsTable(
  { table, ...aws }: AwsOptions & { readonly table?: string | undefined },
  { environment }: Terminal,
  act: (table: SessionsTable) => Promise<Outcome>,
): Promise<Outcome> {
  const configuration = awsConfiguration(aws, environment);
  const tableName = table || environment.SESSIONS_TABLE_NAME || (await tableOfStack(configuration, aws.stack));
  const [{ DynamoDBClient }, { DynamoDBDocumentClient }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
  ]);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(configuration));
  try {
    return await inPlainWords(found(act({ client, tableName }), tableName));
  } catch (error) {
    throw error instanceof StoredItemError || error instanceof z.core.$ZodError ? new FailedError(SPOILT) : error;
  } finally {
    client.destroy();
  }
}

async function found(work: Promise<Outcome>, tableName: string): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'ResourceNotFoundException';
    throw isMissing ? new FailedError(`there is no table ${tableName}: see --region and --profile`) : error;
  }
}

async function tableOfStack(configuration: AwsConfiguration, stack: string): Promise<string> {
  try {
    return await sessionsTableName(configuration, stack);
  } catch (error) {
    throw error instanceof FailedError
      ? new FailedError(`which sessions table? Name it (--table, SESSIONS_TABLE_NAME): ${error.message}`, {
          cause: error,
        })
      : error;
  }
}
