import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Jwks, jwksFrom } from './jwks.ts';
import type { JwksLocation } from './jwks-fetch.ts';

/** An issuer's keys and when they were fetched from it. */
export interface FetchedJwks {
  readonly jwks: Jwks;
  /** Epoch seconds. */
  readonly fetchedAt: number;
}

export interface JwksCacheTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

const CachedItem = z.object({ jwks: z.string(), fetchedAt: z.number() });

/** Reads the keys that another function instance has fetched. */
export async function readJwks(
  { client, tableName }: JwksCacheTable,
  location: JwksLocation,
): Promise<FetchedJwks | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: { pk: partitionOf(location) }, ConsistentRead: true }),
  );
  if (!Item) {
    return undefined;
  }
  const { jwks, fetchedAt } = CachedItem.parse(Item);
  return { jwks: jwksFrom(JSON.parse(jwks)), fetchedAt };
}

/** @param expiresAt epoch seconds */
export async function writeJwks(
  { client, tableName }: JwksCacheTable,
  location: JwksLocation,
  { jwks, fetchedAt }: FetchedJwks,
  expiresAt: number,
): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: tableName,
      Item: { pk: partitionOf(location), jwks: JSON.stringify(jwks), fetchedAt, expiresAt },
    }),
  );
}

/** What names a location, in the table and in memory. */
export function partitionOf({ issuer, jwksUri }: JwksLocation): string {
  return jwksUri === undefined ? `ISSUER#${issuer}` : `JWKS#${jwksUri}`;
}
