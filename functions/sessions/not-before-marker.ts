import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from './conditional-write.ts';
import { markerKey } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

const MarkerItem = z.object({ notBefore: z.coerce.number() });

/**
 * Writes a scope's not-before marker, and leaves one alone that stands at the same time or later.
 *
 * @param partition of the scope
 * @param notBefore epoch seconds: nothing issued at or before it is valid in the scope
 * @param expiresAt epoch seconds from which the marker may go
 */
export async function raiseMarker(
  { client, tableName }: SessionsTable,
  partition: string,
  notBefore: number,
  expiresAt: number,
): Promise<void> {
  await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: markerKey(partition),
        UpdateExpression: 'SET notBefore = :notBefore, expiresAt = :expiresAt',
        // A marker whose time is no number forbids nothing that can be compared: it is replaced.
        ConditionExpression:
          'attribute_not_exists(notBefore) OR NOT attribute_type(notBefore, :number) OR notBefore < :notBefore',
        ExpressionAttributeValues: { ':notBefore': notBefore, ':expiresAt': expiresAt, ':number': 'N' },
      }),
    ),
  );
}

/**
 * Whether a marker of any of the scopes forbids what was issued then.
 *
 * All are read at once, in the time of one round trip.
 *
 * A marker past its `expiresAt` that is still there counts too: it is about logins whose sessions are all over.
 *
 * @param issuedAt epoch seconds; equality is forbidden: a login and its logout can fall into one second
 */
export async function isForbidden(
  { client, tableName }: SessionsTable,
  partitions: readonly string[],
  issuedAt: number,
): Promise<boolean> {
  const markers = await Promise.all(
    partitions.map((partition) =>
      client.send(new GetCommand({ TableName: tableName, Key: markerKey(partition), ConsistentRead: true })),
    ),
  );
  return markers.some(({ Item }) => Item !== undefined && MarkerItem.parse(Item).notBefore >= issuedAt);
}
