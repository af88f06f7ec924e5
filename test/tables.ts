import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { dynamodbClient } from '../local/dynamodb/dynamodb-client.ts';

export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

let maker: DynamoDBClient | undefined;

/** Makes a new table in the run's DynamoDB engine, as the synthesized template defines it. */
export async function newTable(kind: 'sessions' | 'jwksCache'): Promise<TestTable> {
  maker ??= dynamodbClient(inject('dynamodbEndpoint'));
  const { TimeToLiveSpecification, StreamSpecification, ...definition } = inject('tables')[kind];
  const TableName = `${kind}-${randomUUID()}`;
  const streams = StreamSpecification && { StreamSpecification: { ...StreamSpecification, StreamEnabled: true } };
  await maker.send(new CreateTableCommand({ ...definition, ...streams, TableName }));
  await maker.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  return { client: DynamoDBDocumentClient.from(dynamodbClient(inject('dynamodbEndpoint'))), tableName: TableName };
}
