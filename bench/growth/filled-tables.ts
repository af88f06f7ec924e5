import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, type Table } from '../../local/dynamodb/tables.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import { createShutdown, type Shutdown } from '../../local/process/shutdown.ts';
import { hashOf, type SubjectScope, scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { SessionStore } from '../../relying-party/sessions/session-store.ts';
import type { Copies, FillPlan } from './fill.ts';

/** Items of one session: itself and the pointers to it, by subject and by OP session. */
export const ITEMS_OF_SESSION = 3;

/** Whose all sessions are. */
export const RELYING_PARTY = { issuer: 'https://op.example.com', clientId: 'shop' };

/** Sessions that are in a table before anything is measured. */
export interface Sessions {
  readonly table: string;
  readonly count: number;
  /** Whose they are; undefined: each is of a subject of its own. Must be as long as `subjectName` makes it. */
  readonly sub?: string;
}

/** A name for each number, all of one length. */
export function subjectName(number: number): string {
  return `subject-${number.toString().padStart(12, '0')}`;
}

/** A login of a while ago, with a session of less than 1 KB. */
export function newLogin(sub: string, sid: string) {
  const now = Math.floor(Date.now() / 1000);
  const data = { device: 'Firefox on Linux', cart: ['4711', '4712'] };
  return { ...RELYING_PARTY, sub, sid, idTokenIssuedAt: now - 60, expiresAt: now + 8 * 3600, data };
}

/**
 * Starts an engine whose tables hold sessions, each as `SessionStore` writes it.
 *
 * @param definition of the sessions table
 */
export async function filledTables(
  definition: Table,
  tables: readonly string[],
  sessions: readonly Sessions[],
  shutdown: Shutdown,
): Promise<DynamoDBDocumentClient> {
  const directory = await mkdtemp(join(tmpdir(), 'growth-'));
  const engine = createShutdown();
  shutdown.onEnd(async () => {
    await engine.end();
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'dynoxide.sqlite');
  const from = 'template';
  const start = async (until: Shutdown) =>
    DynamoDBDocumentClient.from(dynamodbClient((await startDynamodbEngine(findEngine(), directory, until)).endpoint));

  const firstRun = createShutdown();
  engine.onEnd(() => firstRun.end());
  const client = await start(firstRun);
  await createTables(
    client,
    [from, ...tables].map((TableName) => ({ ...definition, TableName })),
    () => undefined,
  );
  const { idHash, creation, sub, sid } = await createTemplate(client, from);
  await firstRun.end();

  const subject = partitionHash({ ...RELYING_PARTY, sub });
  const ofEach = [idHash, creation, sid, hashOf(RELYING_PARTY.issuer, RELYING_PARTY.clientId, sid)];
  let first = 0;
  const copies = sessions.map(({ table, count, sub: owner }): Copies => {
    first += count;
    const own = { to: table, count, first: first - count };
    return owner === undefined
      ? { ...own, replaced: [], numbered: [...ofEach, sub, subject] }
      : {
          ...own,
          replaced: [
            [subject, partitionHash({ ...RELYING_PARTY, sub: owner })],
            [sub, owner],
          ],
          numbered: ofEach,
        };
  });
  await fill({ file, from, copies }, engine);
  return await start(engine);
}

async function createTemplate(client: DynamoDBDocumentClient, tableName: string) {
  const sid = 'sid-of-the-session-that-is-copied';
  const session = await new SessionStore({ client, tableName }).create(newLogin(subjectName(0), sid));
  return { ...session, sid };
}

async function fill(plan: FillPlan, shutdown: Shutdown): Promise<void> {
  const script = fileURLToPath(new URL('./fill.ts', import.meta.url));
  const node = lambdaNode('nodejs24.x', () => undefined);
  const child = spawn(node, [script], { stdio: ['pipe', 'inherit', 'inherit'] });
  shutdown.onEnd(async () => {
    child.kill('SIGKILL');
  });
  child.stdin.end(JSON.stringify(plan));
  const [code] = await once(child, 'exit');
  if (code !== 0) {
    throw new Error('the tables cannot be filled: it takes the embedded engine dynoxide and Node.js 24');
  }
}

function partitionHash(scope: SubjectScope): string {
  return scopePartition(scope).slice('SUBJECT#'.length);
}
