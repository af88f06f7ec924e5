import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { dynamodbClient } from '../local/dynamodb/dynamodb-client.ts';
import { creationOf } from '../local/dynamodb/tables.ts';

export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

let maker: DynamoDBClient | undefined;

/** Makes a new table in the run's DynamoDB engine, as the synthesized template defines it. */
export async function newTable(kind: 'sessions' | 'jwksCache'): Promise<TestTable> {
  maker ??= dynamodbClient(inject('dynamodbEndpoint'));
  const table = { ...inject('tables')[kind], TableName: `${kind}-${randomUUID()}` };
  const { TableName, TimeToLiveSpecification } = table;
  await maker.send(creationOf(table));
  await maker.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  return { client: DynamoDBDocumentClient.from(dynamodbClient(inject('dynamodbEndpoint'))), tableName: TableName };
}
