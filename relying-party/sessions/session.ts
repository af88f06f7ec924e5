import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type ItemKey, scopePartition } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';
import { numberIn, optionalTextIn, type StoredItem, StoredItemError, textIn } from './stored-item.ts';

/** A relying party's own login session, as the store tells of it. */
export interface Session {
  /** Hash under which the table knows the session; the id itself is stored nowhere. */
  readonly idHash: string;
  /**
   * Of the `create` that made it: its time, and random bits. An id can be taken again, a creation cannot.
   */
  readonly creation: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly sub: string;
  readonly sid?: string | undefined;
  /** `iat` of the ID token of the login, in epoch seconds. */
  readonly idTokenIssuedAt: number;
  /** Epoch seconds. */
  readonly createdAt: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Epoch seconds: `idTokenIssuedAt` plus the longest life of a session; no save moves the end past it. */
  readonly latestExpiresAt: number;
  readonly data: Record<string, unknown>;
}

export function sessionKey(idHash: string): ItemKey {
  return { pk: `SESSION#${idHash}`, sk: 'SESSION' };
}

/** Reads what has an id, a session or the end of one, with a strongly consistent read. */
export async function itemOf(
  { client, tableName }: SessionsTable,
  idHash: string,
): Promise<Record<string, unknown> | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: sessionKey(idHash), ConsistentRead: true }),
  );
  return Item;
}

/**
 * Reads a session out of its item.
 *
 * @param item as the table holds it
 * @returns undefined where the session has ended, and the item is its end
 * @throws StoredItemError where the item is not one that this library wrote
 */
export function sessionFrom(item: StoredItem): Session | undefined {
  if (item.endedAt !== undefined) {
    return undefined;
  }
  const sid = optionalTextIn(item, 'sid');
  const latestExpiresAt = numberIn(item, 'latestExpiresAt');
  return {
    idHash: textIn(item, 'pk').slice('SESSION#'.length),
    creation: textIn(item, 'creation'),
    issuer: textIn(item, 'issuer'),
    clientId: textIn(item, 'clientId'),
    sub: textIn(item, 'sub'),
    ...(sid !== undefined && { sid }),
    idTokenIssuedAt: numberIn(item, 'idTokenIssuedAt'),
    createdAt: numberIn(item, 'createdAt'),
    expiresAt: Math.min(numberIn(item, 'expiresAt'), latestExpiresAt),
    latestExpiresAt,
    data: dataFrom(textIn(item, 'data')),
  };
}

/**
 * Reads the data of a session out of its text.
 *
 * @throws StoredItemError where it is no JSON object; the JSON parser's own error would quote the text
 */
export function dataFrom(text: string): Record<string, unknown> {
  const data = jsonFrom(text);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new StoredItemError('the data of the session is no JSON object');
  }
  return { ...data };
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Partitions of the scopes that a session is in. */
export function partitionsOf({ issuer, clientId, sub, sid }: Pick<Session, 'issuer' | 'clientId' | 'sub' | 'sid'>) {
  const subject = scopePartition({ issuer, clientId, sub });
  return sid === undefined ? [subject] : [subject, scopePartition({ issuer, clientId, sid })];
}
