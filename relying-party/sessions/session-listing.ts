import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { type SubjectScope, scopePartition } from './item-keys.ts';
import { type Session, sessionFrom, sessionKey } from './session.ts';
import { pointerPages, type SessionPointer } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** DynamoDB's limit for one BatchGetItem. */
const BATCH_GET_LIMIT = 100;

/**
 * Lists the live sessions of a subject at a client, with strongly consistent reads.
 *
 * @param now epoch seconds
 */
export async function listSessions(table: SessionsTable, subject: SubjectScope, now: number): Promise<Session[]> {
  return await liveSessions(table, await pointersOfSubject(table, subject), now);
}

/**
 * Lists the live sessions of a scope, with strongly consistent reads.
 *
 * @param partition of the scope
 * @param now epoch seconds
 */
export async function listSessionsInScope(table: SessionsTable, partition: string, now: number): Promise<Session[]> {
  return await liveSessions(table, await pointersIn(table, partition), now);
}

/** Reads the pointers to a subject's sessions, with strongly consistent reads. */
export async function pointersOfSubject(
  table: SessionsTable,
  { issuer, clientId, sub }: SubjectScope,
): Promise<SessionPointer[]> {
  return await pointersIn(table, scopePartition({ issuer, clientId, sub }));
}

async function pointersIn(table: SessionsTable, partition: string): Promise<SessionPointer[]> {
  const pointers: SessionPointer[] = [];
  for await (const page of pointerPages(table, partition)) {
    pointers.push(...page);
  }
  return pointers;
}

/**
 * Reads those of the sessions that pointers name that are live, with strongly consistent reads.
 *
 * @param now epoch seconds
 */
export async function liveSessions(
  table: SessionsTable,
  pointers: readonly SessionPointer[],
  now: number,
): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let start = 0; start < pointers.length; start += BATCH_GET_LIMIT) {
    const batch = pointers.slice(start, start + BATCH_GET_LIMIT);
    const creations = new Set(batch.map((pointer) => pointer.creation));
    const stored = await sessionsAt(table, [...new Set(batch.map((pointer) => pointer.idHash))]);
    // A pointer can be older than the session that now has the id.
    sessions.push(...stored.filter(({ creation }) => creations.has(creation)));
  }
  return sessions.filter(({ expiresAt }) => expiresAt > now);
}

async function sessionsAt({ client, tableName }: SessionsTable, idHashes: string[]): Promise<Session[]> {
  const sessions: Session[] = [];
  let keys: Record<string, unknown>[] = idHashes.map(sessionKey).map((key) => ({ ...key }));
  // Ends: DynamoDB returns at least one item a call, or throws.
  while (keys.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } }),
    );
    sessions.push(...(Responses?.[tableName] ?? []).map(sessionFrom).filter((session) => session !== undefined));
    keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  return sessions;
}
