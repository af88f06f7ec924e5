import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from './conditional-write.ts';
import { markerKey } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

const MarkerItem = z.object({ notBefore: z.coerce.number(), expiresAt: z.catch(z.coerce.number(), 0) });

/** A token that is delivered again a little later is no reason to write. */
const PROLONGED_BY_SECONDS = 3600;

/**
 * Writes a scope's not-before marker. Neither its time nor its end ever goes backwards: relying parties and receivers may
 * give sessions different lives.
 *
 * @param partition of the scope
 * @param notBefore epoch seconds: nothing issued at or before it is valid in the scope
 * @param expiresAt epoch seconds from which the marker may go
 */
export async function raiseMarker(
  table: SessionsTable,
  partition: string,
  notBefore: number,
  expiresAt: number,
): Promise<void> {
  const isRaised = await update(
    table,
    partition,
    { notBefore, expiresAt },
    // A marker whose time is no number forbids nothing that can be compared: it is replaced.
    'attribute_not_exists(notBefore) OR NOT attribute_type(notBefore, :number) OR notBefore < :notBefore AND expiresAt <= :expiresAt',
  );
  if (isRaised) {
    return;
  }
  const marker = await read(table, partition, true);
  if (!marker) {
    // DynamoDB has deleted one that was over.
    await raiseMarker(table, partition, notBefore, expiresAt);
  } else if (marker.notBefore < notBefore) {
    await update(table, partition, { notBefore }, 'NOT attribute_type(notBefore, :number) OR notBefore < :notBefore');
  } else if (marker.expiresAt < expiresAt - PROLONGED_BY_SECONDS) {
    await update(
      table,
      partition,
      { expiresAt },
      'attribute_exists(notBefore) AND attribute_type(expiresAt, :number) AND expiresAt < :expiresAt',
    );
  }
}

async function update(
  { client, tableName }: SessionsTable,
  partition: string,
  times: Readonly<Record<string, number>>,
  condition: string,
): Promise<boolean> {
  const entries = Object.entries(times);
  const written = await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: markerKey(partition),
        UpdateExpression: `SET ${entries.map(([name]) => `${name} = :${name}`).join(', ')}`,
        ConditionExpression: condition,
        ExpressionAttributeValues: {
          ...Object.fromEntries(entries.map(([name, time]) => [`:${name}`, time])),
          ':number': 'N',
        },
      }),
    ),
  );
  return written !== undefined;
}

async function read({ client, tableName }: SessionsTable, partition: string, isConsistent: boolean) {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: markerKey(partition), ConsistentRead: isConsistent }),
  );
  return Item && MarkerItem.parse(Item);
}

/**
 * Whether a marker of any of the scopes forbids what was issued then.
 *
 * All are read at once, in the time of one round trip.
 *
 * A marker past its `expiresAt` that is still there counts too: it is about logins whose sessions are all over.
 *
 * @param issuedAt epoch seconds; equality is forbidden: a login and its logout can fall into one second
 * @param isConsistent whether a marker that was just written is seen for certain
 */
export async function isForbidden(
  table: SessionsTable,
  partitions: readonly string[],
  issuedAt: number,
  isConsistent = true,
): Promise<boolean> {
  const markers = await Promise.all(partitions.map((partition) => read(table, partition, isConsistent)));
  return markers.some((marker) => marker !== undefined && marker.notBefore >= issuedAt);
}
