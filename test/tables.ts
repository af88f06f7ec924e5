import { randomUUID } from 'node:crypto';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { dynamodbClient } from '../local/dynamodb/dynamodb-client.ts';
import { createTables } from '../local/dynamodb/tables.ts';

export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Makes a new table in the run's DynamoDB engine, as the synthesized template defines it. */
export async function newTable(kind: 'sessions' | 'jwksCache'): Promise<TestTable> {
  const client = dynamodbClient(inject('dynamodbEndpoint'));
  const tableName = `${kind}-${randomUUID()}`;
  await createTables(client, [{ ...inject('tables')[kind], TableName: tableName }], (line) => {
    throw new Error(line);
  });
  return { client: DynamoDBDocumentClient.from(client), tableName };
}
