import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import * as z from 'zod/mini';
import { startReadyProcess } from './ready-process.ts';
import { unsignedClient } from './unsigned-client.ts';

const Ready = z.object({
  endpoint: z.string(),
  dynamodb: z.string(),
  tables: z.object({ sessions: z.string(), jwksCache: z.string() }),
  region: z.string(),
  /** Address, with `watch`. */
  page: z.optional(z.string()),
  /** URLs by the names of outputs. */
  eventBuses: z._default(z.record(z.string(), z.string()), {}),
});

/** What the run is given beside its relying parties. */
export interface LocalRunOptions {
  /** By secret id: a text, or an object that stands for its JSON text. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly maxBodyBytes?: number;
  readonly maxTokenBytes?: number;
  /** @default - an embedded engine of its own */
  readonly dynamodbEndpoint?: string;
  readonly sessionEndedEvents?: boolean;
  readonly frontchannelLogout?: boolean;
  readonly watch?: boolean;
}

export interface LocalRun extends z.infer<typeof Ready> {
  readonly client: DynamoDBDocumentClient;
  /** What the function has logged so far. */
  log(): string;
  /** Gives a secret another value, or one more: only for a run that was started with secrets. */
  setSecret(id: string, value: unknown): void;
  /** Forgets that an issuer was asked for its keys, and what came of it. */
  forgetKeys(issuer: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the local run as `npm start` does, but for the synth, which the test run shares, and waits until it is ready. */
export async function startLocalRun(
  relyingParties: object[],
  { secrets, dynamodbEndpoint, sessionEndedEvents, frontchannelLogout, watch, ...limits }: LocalRunOptions = {},
): Promise<LocalRun> {
  const directory = mkdtempSync(join(tmpdir(), 'relying-parties-'));
  const file = join(directory, 'relying-parties.json');
  writeFileSync(file, JSON.stringify({ relyingParties, ...limits }));
  const secretsFile = join(directory, 'secrets.json');
  const flags = ['--json', '--port', '0', '--relying-parties', file];
  if (secrets) {
    writeWhole(secretsFile, secrets);
    flags.push('--secrets', secretsFile);
  }
  if (dynamodbEndpoint) {
    flags.push('--dynamodb-endpoint', dynamodbEndpoint);
  }
  if (sessionEndedEvents) {
    flags.push('--session-ended-events');
  }
  if (frontchannelLogout) {
    flags.push('--frontchannel-logout');
  }
  if (watch) {
    flags.push('--watch');
  }
  const current = { ...secrets };
  const run = await startReadyProcess([inject('startFile'), ...flags], { SHARED_STACKS_FILE: inject('stacksFile') });
  const ready = Ready.parse(run.ready);
  const client = unsignedClient(ready.dynamodb);
  return {
    ...ready,
    client,
    log: run.log,
    setSecret(id, value) {
      if (!secrets) {
        throw new Error('the local run was started without secrets');
      }
      current[id] = value;
      writeWhole(secretsFile, current);
    },
    async forgetKeys(issuer) {
      await client.send(new DeleteCommand({ TableName: ready.tables.jwksCache, Key: { pk: `ISSUER#${issuer}` } }));
    },
    stop: run.stop,
  };
}

/** Nobody who reads the file meanwhile finds half of it. */
function writeWhole(file: string, content: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(content));
  renameSync(`${file}.new`, file);
}
