import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ExpressSessionStore, expressOpenidConnect } from 'logout-receiver/express-session';

export interface SessionsTable {
  readonly client: DynamoDBDocumentClient;
  /** The stack's output `SessionsTableName`. */
  readonly tableName: string;
}

/** Keeps the sessions of `express-openid-connect` where back-channel logout ends them. */
export function sessionStore({ client, tableName }: SessionsTable, issuer: string, clientId: string) {
  const relyingParty = { issuer, clientId };
  return new ExpressSessionStore({ client, tableName, relyingParty, identityOf: expressOpenidConnect(relyingParty) });
}
