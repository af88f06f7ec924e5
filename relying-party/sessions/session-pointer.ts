import { setTimeout } from 'node:timers/promises';
import { BatchWriteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type ItemKey, pointerKey } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What a scope's partition holds for each session in it: enough to delete the session and all that points to it. */
export interface SessionPointer {
  readonly idHash: string;
  /** Of the one `create` that wrote session and pointers. */
  readonly creation: string;
  /** Epoch seconds. */
  readonly idTokenIssuedAt: number;
  /** Partitions of the scopes that the session is in. */
  readonly partitions: readonly string[];
}

/** Nothing here throws: one item that somebody spoilt must not keep the other sessions of its scope alive. */
const PointerItem = z.object({
  sk: z.string(),
  // What has no time counts as issued before every logout.
  idTokenIssuedAt: z.catch(z.coerce.number(), 0),
  partitions: z.catch(z.array(z.string()), []),
});

/** @param expiresAt epoch seconds: not before the latest end the session can have, so that none outlives its pointers */
export async function putPointers(
  { client, tableName }: SessionsTable,
  { idHash, creation, ...rest }: SessionPointer,
  expiresAt: number,
): Promise<void> {
  await Promise.all(
    rest.partitions.map((partition) =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...pointerKey(partition, idHash, creation), ...rest, expiresAt },
        }),
      ),
    ),
  );
}

/**
 * Reads the pointers of a scope, a page at a time, with strongly consistent reads.
 *
 * @param partition of the scope
 */
export async function* pointerPages(table: SessionsTable, partition: string): AsyncGenerator<SessionPointer[]> {
  let from: Record<string, unknown> | undefined;
  do {
    const page = await query(table, partition, { ExclusiveStartKey: from });
    yield page.pointers;
    from = page.next;
  } while (from);
}

/** As many as one read unit holds: 4 KB. */
const FIRST_POINTERS = 12;

/**
 * Reads some pointers of a scope, with a strongly consistent read.
 *
 * @param partition of the scope
 */
export async function firstPointers(table: SessionsTable, partition: string): Promise<SessionPointer[]> {
  return (await query(table, partition, { Limit: FIRST_POINTERS })).pointers;
}

async function query(
  { client, tableName }: SessionsTable,
  partition: string,
  bounds: { readonly Limit: number } | { readonly ExclusiveStartKey: Record<string, unknown> | undefined },
) {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :session)',
      ExpressionAttributeValues: { ':pk': partition, ':session': 'SESSION#' },
      ConsistentRead: true,
      ...bounds,
    }),
  );
  const pointers = Items.map((item): SessionPointer => {
    const { sk, idTokenIssuedAt, partitions } = PointerItem.parse(item);
    const [, idHash = '', ...creation] = sk.split('#');
    const places = [partition, ...partitions].filter((place) => place !== '');
    return { idHash, creation: creation.join('#'), idTokenIssuedAt, partitions: [...new Set(places)] };
  });
  return { pointers, next: LastEvaluatedKey };
}

/** What names the pointers to one session. */
export type PointersOfSession = Omit<SessionPointer, 'idTokenIssuedAt'>;

/** DynamoDB's limit for one BatchWriteItem. */
const BATCH_WRITE_LIMIT = 25;
/** Tries of what DynamoDB leaves undone, each after twice the time of the one before. */
const MAX_TRIES = 6;
const FIRST_PAUSE_MILLISECONDS = 25;

/**
 * Deletes the pointers to sessions that are gone.
 *
 * @throws Error where DynamoDB leaves some undone again and again
 */
export async function deletePointers(table: SessionsTable, sessions: readonly PointersOfSession[]): Promise<void> {
  // Each once: DynamoDB refuses a batch that names one twice.
  const keys = new Map<string, ItemKey>();
  for (const { idHash, creation, partitions } of sessions) {
    for (const partition of partitions) {
      const key = pointerKey(partition, idHash, creation);
      keys.set(`${key.pk} ${key.sk}`, key);
    }
  }
  const batches: ItemKey[][] = [];
  for (let start = 0; start < keys.size; start += BATCH_WRITE_LIMIT) {
    batches.push([...keys.values()].slice(start, start + BATCH_WRITE_LIMIT));
  }
  await Promise.all(batches.map((batch) => deleteItems(table, batch)));
}

async function deleteItems({ client, tableName }: SessionsTable, keys: readonly ItemKey[]): Promise<void> {
  let undone: Record<string, unknown>[] = keys.map((Key) => ({ DeleteRequest: { Key } }));
  for (let tries = 0; undone.length > 0; tries++) {
    if (tries === MAX_TRIES) {
      throw new Error('DynamoDB leaves deletions undone');
    }
    if (tries > 0) {
      // Jittered: those that were throttled together must not come back together.
      await setTimeout(FIRST_PAUSE_MILLISECONDS * 2 ** tries * Math.random());
    }
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: undone } }));
    undone = (UnprocessedItems?.[tableName] ?? []).map((request) => ({ ...request }));
  }
}
