import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findResources, readProperties } from '../template/template-resources.ts';

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const Index = z.object({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.optional(z.array(z.string())),
  }),
});
const TableProperties = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.optional(z.array(Index)),
  LocalSecondaryIndexes: z.optional(z.array(Index)),
  StreamSpecification: z.optional(
    z.object({ StreamViewType: z.enum(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']) }),
  ),
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.boolean() })),
});

/** A table of the template, under the name that it has in the local account. */
export type Table = z.infer<typeof TableProperties> & { readonly TableName: string };

/** All tables of the templates. */
export function readTables(stacks: readonly Stack[]): Table[] {
  return findResources(stacks, 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table').map((resource) => ({
    ...readProperties(TableProperties, resource),
    TableName: resource.ids.ref,
  }));
}

/**
 * Makes sure that the tables are there and can be used. One that is there already keeps its items.
 *
 * @param warn is told, in one line, what the engine cannot do
 * @throws StartupError where a table of that name has other keys
 */
export async function createTables(
  client: DynamoDBClient,
  tables: readonly Table[],
  warn: (line: string) => void,
): Promise<void> {
  await Promise.all(tables.map((table) => createTable(client, table)));
  const expiring = await Promise.all(tables.map((table) => enableTimeToLive(client, table)));
  if (expiring.includes(false)) {
    warn('this DynamoDB engine knows no time to live: expired items stay in the tables');
  }
}

async function createTable(client: DynamoDBClient, table: Table): Promise<void> {
  const { TableName } = table;
  const existing = await describeTable(client, TableName);
  if (existing && keysOf(existing) !== keysOf(table)) {
    throw new StartupError(
      `table ${TableName} is there already, with the keys ${keysOf(existing)} and not ${keysOf(table)}: delete it, or use other data`,
    );
  }
  if (!existing) {
    await client.send(creationOf(table));
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName });
}

/** The command that creates the table, which its time to live is no part of. */
export function creationOf(table: Table): CreateTableCommand {
  const { TimeToLiveSpecification: _, StreamSpecification, ...definition } = table;
  const streams = StreamSpecification && { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } };
  return new CreateTableCommand({ ...definition, ...streams });
}

/** Whether the table expires its items as the template has it. */
async function enableTimeToLive(client: DynamoDBClient, table: Table): Promise<boolean> {
  const { TimeToLiveSpecification: wanted, TableName } = table;
  if (!wanted?.Enabled) {
    return true;
  }
  try {
    const { TimeToLiveDescription: current } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    if (current?.TimeToLiveStatus !== 'ENABLED' || current.AttributeName !== wanted.AttributeName) {
      const TimeToLiveSpecification = { AttributeName: wanted.AttributeName, Enabled: true };
      await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
    return true;
  } catch (error) {
    if (error instanceof DynamoDBServiceException && error.name === 'UnknownOperationException') {
      return false;
    }
    throw error;
  }
}

async function describeTable(client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined;
    }
    throw error;
  }
}

function keysOf({
  KeySchema,
  AttributeDefinitions,
}: Pick<TableDescription, 'KeySchema' | 'AttributeDefinitions'>): string {
  const types = new Map(
    AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  return (KeySchema ?? [])
    .map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType}, ${types.get(AttributeName)})`)
    .join(' and ');
}
