import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from './conditional-write.ts';
import { pointerKey } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What a scope's partition holds for each session in it: enough to delete the session and all that points to it. */
export interface SessionPointer {
  readonly idHash: string;
  /** Epoch seconds. */
  readonly idTokenIssuedAt: number;
  /** Partitions of the scopes that the session is in. */
  readonly partitions: readonly string[];
}

const PointerItem = z.object({
  sk: z.string(),
  idTokenIssuedAt: z.coerce.number(),
  partitions: z.array(z.string()),
});

/** @param expiresAt epoch seconds: the latest end the session can have, so that a rolling one never outlives its pointers */
export async function putPointers(
  { client, tableName }: SessionsTable,
  { idHash, ...rest }: SessionPointer,
  expiresAt: number,
): Promise<void> {
  await Promise.all(
    rest.partitions.map((partition) =>
      client.send(
        new PutCommand({ TableName: tableName, Item: { ...pointerKey(partition, idHash), ...rest, expiresAt } }),
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
      const { sk, ...pointer } = PointerItem.parse(item);
      return { ...pointer, idHash: sk.slice('SESSION#'.length) };
    });
    from = page.LastEvaluatedKey;
  } while (from);
}

/** Deletes the pointers to a session that is gone, unless a later login has taken its id again. */
export async function deletePointers(
  { client, tableName }: SessionsTable,
  { idHash, partitions, idTokenIssuedAt }: SessionPointer,
): Promise<void> {
  await Promise.all(
    partitions.map((partition) =>
      unlessRefused(
        client.send(
          new DeleteCommand({
            TableName: tableName,
            Key: pointerKey(partition, idHash),
            ConditionExpression: 'attribute_not_exists(pk) OR idTokenIssuedAt <= :idTokenIssuedAt',
            ExpressionAttributeValues: { ':idTokenIssuedAt': idTokenIssuedAt },
          }),
        ),
      ),
    ),
  );
}
