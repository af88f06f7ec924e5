import { randomUUID } from 'node:crypto';
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, it } from 'vitest';
import { dynamodbClient } from '../../../local/dynamodb/dynamodb-client.ts';
import { createTables, readTables } from '../../../local/dynamodb/tables.ts';
import type { Stack } from '../../../local/template/cloud-assembly.ts';

const client = dynamodbClient(inject('dynamodbEndpoint'));

const definition = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'other', AttributeType: 'B' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'ByOther',
      KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a'] },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  Replicas: [{ Region: { Ref: 'AWS::Region' }, DeletionProtectionEnabled: true }],
  SSESpecification: { SSEEnabled: true },
};

/** One table, under a name that no other test uses. */
function tablesOf(properties: object, type = 'AWS::DynamoDB::GlobalTable') {
  const Resources = { Table: { Type: type, Properties: { ...definition, ...properties } } };
  const stack: Stack = { name: `S-${randomUUID()}`, template: { Resources, Outputs: {} }, assets: new Map() };
  return readTables([stack]);
}

function fail(line: string): never {
  throw new Error(line);
}

describe('a table of the template', () => {
  it.each(['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'])('is created as %s defines it', async (type) => {
    const tables = tablesOf({}, type);
    const TableName = tables[0]?.TableName;
    await createTables(client, tables, fail);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName: expect.stringMatching(/^S-.*-Table$/),
      TableStatus: 'ACTIVE',
      KeySchema: definition.KeySchema,
      AttributeDefinitions: expect.arrayContaining(definition.AttributeDefinitions),
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [expect.objectContaining(definition.GlobalSecondaryIndexes[0])],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  });

  it.each([
    ['a stream', { StreamSpecification: undefined }, 'StreamSpecification'],
    [
      'an index',
      { GlobalSecondaryIndexes: undefined, AttributeDefinitions: definition.AttributeDefinitions.slice(0, 2) },
      'GlobalSecondaryIndexes',
    ],
  ])('is created without %s when it has none', async (_what, properties, member) => {
    const tables = tablesOf(properties);
    await createTables(client, tables, fail);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tables[0]?.TableName }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE' });
    expect(Table).not.toHaveProperty(member);
  });

  it('that is there already keeps its items', async () => {
    const tables = tablesOf({});
    await createTables(client, tables, fail);
    const TableName = tables[0]?.TableName;
    const Key = { pk: { S: 'a' }, sk: { N: '1' } };
    await client.send(new PutItemCommand({ TableName, Item: { ...Key, kept: { S: 'yes' } } }));
    await createTables(client, tables, fail);
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item).toMatchObject({ kept: { S: 'yes' } });
  });

  it.each([
    [
      'another sort key',
      { KeySchema: definition.KeySchema.slice(0, 1) },
      'pk (HASH, S) and sk (RANGE, N) and not pk (HASH, S)',
    ],
    [
      'another type of key',
      {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      },
      'pk (HASH, S) and sk (RANGE, N) and not pk (HASH, S) and sk (RANGE, S)',
    ],
  ])('that is there already with %s is an error that names both', async (_what, properties, message) => {
    const [existing] = tablesOf({});
    const [wanted] = tablesOf(properties);
    const tables = existing && wanted ? [existing, { ...wanted, TableName: existing.TableName }] : [];
    await createTables(client, tables.slice(0, 1), fail);
    await expect(createTables(client, tables.slice(1), fail)).rejects.toThrow(
      `table ${existing?.TableName} is there already, with the keys ${message}: delete it, or use other data`,
    );
  });

  it.each([
    ['is not on demand', { BillingMode: 'PROVISIONED' }, 'Resources.Table.Properties.BillingMode: '],
    ['has no keys', { KeySchema: undefined }, 'Resources.Table.Properties.KeySchema: '],
    [
      'takes what is not known here',
      { KeySchema: { 'Fn::If': [] } },
      'Resources.Table.Properties.KeySchema: the local run cannot resolve Fn::If',
    ],
  ])('that %s is refused with its place', (_what, properties, message) => {
    expect(() => tablesOf(properties)).toThrow(message);
  });
});
