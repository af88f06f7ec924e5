import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from '../sessions/conditional-write.ts';
import { CLOCK_TOLERANCE_SECONDS, type FetchSlot, LONGEST_WAIT_SECONDS, nextFetchAfter } from './fetch-slot.ts';
import { jwksFrom } from './jwks.ts';
import type { FetchedJwks } from './jwks-fetch.ts';
import { type JwksLocation, partitionOf } from './jwks-location.ts';

export interface JwksCacheTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** What function instances know together of an issuer. */
export interface JwksCacheItem {
  readonly slot?: FetchSlot | undefined;
  readonly fetched?: FetchedJwks | undefined;
  /** Hashes of key ids that were looked for and not among the keys fetched last. */
  readonly absentKids: readonly string[];
}

/** The table is there to be quicker than the issuer. */
const TIMEOUT_MILLISECONDS = 1000;

const Slot = z.object({
  claim: z.string(),
  claimedAt: z.number(),
  settledClaim: z.optional(z.string()),
  nextFetchAt: z.number(),
  failures: z._default(z.number(), 0),
});
const Fetched = z.object({
  jwks: z.pipe(
    z.string(),
    z.transform((text) => jwksFrom(JSON.parse(text)).jwks),
  ),
  source: z.string(),
  etag: z.optional(z.string()),
  fetchedAt: z.number(),
  freshUntil: z.number(),
  discovery: z.optional(z.object({ jwksUri: z.string(), fetchedAt: z.number(), freshUntil: z.number() })),
});
const AbsentKids = z.object({ absentKids: z.array(z.string()) });

/** @throws whatever the table throws */
export async function readItem(table: JwksCacheTable, location: JwksLocation): Promise<JwksCacheItem> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: keyOf(location), ConsistentRead: true }),
    inTime(),
  );
  return itemFrom(Item);
}

/**
 * Claims the slot, before anything is fetched: one write decides which of all instances may.
 *
 * @param claim of this instance and this time, and of no other
 * @param now epoch seconds
 * @returns what the item holds: the slot is ours if it has the claim
 * @throws whatever the table throws: then nobody knows
 */
export async function claimSlot(
  table: JwksCacheTable,
  location: JwksLocation,
  claim: string,
  now: number,
): Promise<JwksCacheItem> {
  const update = new UpdateCommand({
    TableName: table.tableName,
    Key: keyOf(location),
    UpdateExpression: 'SET claim = :claim, claimedAt = :now, nextFetchAt = :next, expiresAt = :expiresAt',
    ConditionExpression: 'attribute_not_exists(nextFetchAt) OR nextFetchAt <= :now OR nextFetchAt > :farthest',
    ExpressionAttributeValues: {
      ':claim': claim,
      ':now': now,
      ':next': nextFetchAfter(now, 0),
      ':farthest': now + LONGEST_WAIT_SECONDS,
      ':expiresAt': expiryOf(location, now),
    },
    ReturnValues: 'ALL_NEW',
  });
  const written = await unlessRefused(table.client.send(update, inTime()));
  // Where it was refused, it may be ours nevertheless: the first answer may have been lost, and the claim tried again.
  return written ? itemFrom(written.Attributes) : await readItem(table, location);
}

/**
 * Keeps what was fetched, unless something newer is there already.
 *
 * @throws whatever the table throws
 */
export async function settleFetched(
  table: JwksCacheTable,
  location: JwksLocation,
  claim: string,
  { jwks, ...fetched }: FetchedJwks,
  absentKids: readonly string[],
): Promise<void> {
  const { etag, discovery, ...values } = {
    ...fetched,
    jwks: JSON.stringify(jwks),
    absentKids,
    settledClaim: claim,
    failures: 0,
    expiresAt: expiryOf(location, fetched.fetchedAt),
  };
  await settle(
    table,
    location,
    { ...values, etag, discovery },
    'attribute_not_exists(fetchedAt) OR fetchedAt < :fetchedAt OR fetchedAt > :inFuture',
    { ':inFuture': fetched.fetchedAt + CLOCK_TOLERANCE_SECONDS },
  );
}

/**
 * Keeps that a fetch failed, so that the issuer is left alone for a while.
 *
 * @param failures of fetches one after the other, this one included
 * @throws whatever the table throws
 */
export async function settleFailed(
  table: JwksCacheTable,
  location: JwksLocation,
  claim: string,
  claimedAt: number,
  failures: number,
): Promise<void> {
  const values = { failures, nextFetchAt: nextFetchAfter(claimedAt, failures), settledClaim: claim };
  await settle(table, location, values, 'claim = :settledClaim', {});
}

/** Sets the attributes that have a value, and removes those that have none. */
async function settle(
  table: JwksCacheTable,
  location: JwksLocation,
  attributes: Readonly<Record<string, unknown>>,
  condition: string,
  conditionValues: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entries = Object.entries(attributes);
  const set = entries.filter(([, value]) => value !== undefined);
  const removed = entries.filter(([, value]) => value === undefined);
  const update = new UpdateCommand({
    TableName: table.tableName,
    Key: keyOf(location),
    UpdateExpression: [
      `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: condition,
    // Among them are words that DynamoDB reserves.
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ...conditionValues,
    },
  });
  await unlessRefused(table.client.send(update, inTime()));
}

/** What cannot be read is as good as nothing: the next fetch writes it anew. */
function itemFrom(attributes: unknown): JwksCacheItem {
  return {
    slot: Slot.safeParse(attributes).data,
    fetched: fetchedFrom(attributes),
    absentKids: AbsentKids.safeParse(attributes).data?.absentKids ?? [],
  };
}

function fetchedFrom(attributes: unknown): FetchedJwks | undefined {
  try {
    return Fetched.safeParse(attributes).data;
  } catch {
    return undefined;
  }
}

function keyOf(location: JwksLocation): { readonly pk: string } {
  return { pk: partitionOf(location) };
}

/** When DynamoDB may delete the item: when nobody may use its keys any more, and nobody has fetched for as long. */
function expiryOf({ jwksMaxStaleSeconds }: JwksLocation, now: number): number {
  return Math.floor(now) + jwksMaxStaleSeconds;
}

function inTime(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) };
}
