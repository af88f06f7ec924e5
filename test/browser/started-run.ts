import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';

const Ready = z.object({
  endpoint: z.string(),
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
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts', '--port', '0', '--json', ...flags], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    // Run by npm, it ends when who started it is gone.
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exited.then(() => {
      throw new Error(`npm start ended before it was ready: ${log}`);
    }),
  ]);
  const ready = Ready.parse(JSON.parse(line));
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
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
