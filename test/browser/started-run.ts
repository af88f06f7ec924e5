import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { FROM_SOURCES, startReadyProcess } from '../ready-process.ts';

const Ready = z.object({
  endpoint: z.string(),
  frontchannelEndpoint: z.optional(z.string()),
  page: z.string(),
  dynamodb: z.string(),
  tables: z.object({ sessions: z.string() }),
});
const Session = z.object({ clientId: z.string(), sub: z.string() });

export interface StartedRun extends z.infer<typeof Ready> {
  readonly client: DynamoDBDocumentClient;
  /** Who has a session in the table, and where: `alice at shop`. */
  sessions(): Promise<string[]>;
  stop(): Promise<void>;
}

/** `npm start` on free ports, until it is ready. */
export async function startRun(flags: readonly string[] = []): Promise<StartedRun> {
  const run = await startReadyProcess([...FROM_SOURCES, ...flags]);
  const ready = Ready.parse(run.ready);
  const client = DynamoDBDocumentClient.from(dynamodbClient(ready.dynamodb));
  return {
    ...ready,
    client,
    async sessions() {
      const { Items = [] } = await client.send(
        new ScanCommand({
          TableName: ready.tables.sessions,
          ConsistentRead: true,
          FilterExpression: 'sk = :session AND attribute_not_exists(endedAt)',
          ExpressionAttributeValues: { ':session': 'SESSION' },
        }),
      );
      return z
        .array(Session)
        .parse(Items)
        .map(({ sub, clientId }) => `${sub} at ${clientId}`)
        .sort();
    },
    stop: run.stop,
  };
}
