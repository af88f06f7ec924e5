import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dynamodbClient } from '../local/dynamodb-client.ts';

const Ready = z.object({
  endpoint: z.string(),
  dynamodb: z.string(),
  tables: z.object({ sessions: z.string(), jwksCache: z.string() }),
  region: z.string(),
});

export interface LocalRun extends z.infer<typeof Ready> {
  readonly client: DynamoDBDocumentClient;
  /** What the function has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts the local run as a user does, `npm start`, and waits until it is ready. */
export async function startLocalRun(relyingParties: object[]): Promise<LocalRun> {
  const file = join(mkdtempSync(join(tmpdir(), 'relying-parties-')), 'relying-parties.json');
  writeFileSync(file, JSON.stringify({ relyingParties }));
  const child = spawn('npm', ['start', '--silent', '--', '--json', '--port', '0', '--relying-parties', file], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exited.then(() => {
      throw new Error(`npm start ended before it was ready: ${log}`);
    }),
  ]);
  const ready = Ready.parse(JSON.parse(line));
  return {
    ...ready,
    client: DynamoDBDocumentClient.from(dynamodbClient(ready.dynamodb)),
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
