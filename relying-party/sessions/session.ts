import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type ItemKey, scopePartition } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

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

const SessionItem = z.object({
  pk: z.string(),
  creation: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  sub: z.string(),
  sid: z.optional(z.string()),
  idTokenIssuedAt: z.coerce.number(),
  createdAt: z.coerce.number(),
  expiresAt: z.coerce.number(),
  latestExpiresAt: z.coerce.number(),
  data: z.string(),
});

const SessionData = z.record(z.string(), z.unknown());

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
 * @throws z.core.$ZodError where the item is not one that this library wrote
 */
export function sessionFrom(item: Readonly<Record<string, unknown>>): Session | undefined {
  if (item.endedAt !== undefined) {
    return undefined;
  }
  const { pk, data, ...rest } = SessionItem.parse(item);
  return {
    ...rest,
    idHash: pk.slice('SESSION#'.length),
    expiresAt: Math.min(rest.expiresAt, rest.latestExpiresAt),
    data: dataFrom(data),
  };
}

/**
 * Reads the data of a session out of its text.
 *
 * @throws z.core.$ZodError where it is no JSON object; the JSON parser's own error would quote the text
 */
export function dataFrom(text: string): Record<string, unknown> {
  return SessionData.parse(jsonFrom(text));
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
