import { readFileSync } from 'node:fs';
import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { TestTable } from '../../tables.ts';

/** Attribute values as DynamoDB's API writes them: in this table texts, numbers and lists of texts. */
const Value = z.union([
  z.object({ S: z.string() }),
  z.object({ N: z.string() }),
  z.object({ L: z.array(z.object({ S: z.string() })) }),
]);
const Items = z.array(z.record(z.string(), Value));

const Vector = z.object({
  name: z.string(),
  /** Epoch seconds. */
  now: z.int(),
  store: z.object({ issuer: z.string(), clientId: z.string(), maxSessionLifetimeSeconds: z.int() }),
  given: Items,
  operation: z.enum(['create', 'read', 'save', 'signOut', 'logout']),
  input: z.record(z.string(), z.unknown()),
  outcome: z.unknown(),
  items: Items,
});

export type ItemVector = z.infer<typeof Vector>;

const file = new URL('../../vectors/items.json', import.meta.url);

/** What operations write, for libraries in other languages to be held to. */
export const ITEM_VECTORS = z
  .object({ vectors: z.array(Vector) })
  .parse(JSON.parse(readFileSync(file, 'utf8'))).vectors;

/** Puts items into a table as they are. */
export async function putItems({ client, tableName }: TestTable, items: ItemVector['given']): Promise<void> {
  for (const item of items) {
    await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
  }
}

/** All items of a table, in the order of their keys. */
export async function itemsIn({ client, tableName }: TestTable): Promise<Record<string, AttributeValue>[]> {
  const { Items: found = [] } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  const keyOf = ({ pk, sk }: Record<string, AttributeValue>) => `${pk?.S} ${sk?.S}`;
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
