import { randomUUID } from 'node:crypto';
import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { creationOf } from '../local/dynamodb/tables.ts';
import { unsignedClient } from './unsigned-client.ts';

export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

let maker: DynamoDBDocumentClient | undefined;

/** Makes a new table in the run's DynamoDB engine, as the synthesized template defines it. */
export async function newTable(kind: 'sessions' | 'jwksCache'): Promise<TestTable> {
  maker ??= unsignedClient(inject('dynamodbEndpoint'));
  const table = { ...inject('tables')[kind], TableName: `${kind}-${randomUUID()}` };
  const { TableName, TimeToLiveSpecification } = table;
  await maker.send(creationOf(table));
  await maker.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  // A client of its own, which a test may change, on the connections of all.
  const client = unsignedClient(inject('dynamodbEndpoint'), { requestHandler: maker.config.requestHandler });
  return { client, tableName: TableName };
}
