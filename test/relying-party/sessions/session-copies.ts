import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { hashOf } from '../../../relying-party/sessions/item-keys.ts';
import type { TestTable } from '../../tables.ts';

/** How many items one request writes. */
const BATCH = 25;

/** Gives a session so many doubles under other ids, past the store: as many logins take twenty times as long. */
export async function addCopies(
  table: TestTable,
  { idHash }: { readonly idHash: string },
  count: number,
): Promise<void> {
  const { client, tableName } = table;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  const original = JSON.stringify(Items.filter((item) => JSON.stringify(item).includes(idHash)));
  const copies = Array.from({ length: count }, (): Record<string, unknown>[] =>
    JSON.parse(original.replaceAll(idHash, hashOf(randomUUID()))),
  ).flat();
  for (let first = 0; first < copies.length; first += BATCH) {
    const requests = copies.slice(first, first + BATCH).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
  }
}
