import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { pointerKey } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What a scope's partition holds for each session in it: enough to delete the session and all that points to it. */
export interface SessionPointer {
  readonly idHash: string;
  /** Random, of the one `create` that wrote session and pointers. */
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
export async function* pointerPages(
  { client, tableName }: SessionsTable,
  partition: string,
): AsyncGenerator<SessionPointer[]> {
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :session)',
        ExpressionAttributeValues: { ':pk': partition, ':session': 'SESSION#' },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    yield (page.Items ?? []).map((item) => {
      const { sk, idTokenIssuedAt, partitions } = PointerItem.parse(item);
      const [, idHash = '', creation = ''] = sk.split('#');
      return { idHash, creation, idTokenIssuedAt, partitions: [...new Set([partition, ...partitions])] };
    });
    from = page.LastEvaluatedKey;
  } while (from);
}

/** Deletes the pointers to a session that is gone. */
export async function deletePointers(
  { client, tableName }: SessionsTable,
  { idHash, creation, partitions }: Omit<SessionPointer, 'idTokenIssuedAt'>,
): Promise<void> {
  await Promise.all(
    partitions.map((partition) =>
      client.send(new DeleteCommand({ TableName: tableName, Key: pointerKey(partition, idHash, creation) })),
    ),
  );
}
