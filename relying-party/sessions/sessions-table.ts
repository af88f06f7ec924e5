import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The table that holds sessions, the pointers to them and the not-before markers. */
export interface SessionsTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}
