import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from '../../relying-party/sessions/conditional-write.ts';
import { numberIn, optionalTextIn, type StoredItem, textIn } from '../../relying-party/sessions/stored-item.ts';
import type { Discovery } from './discovery.ts';
import { CLOCK_TOLERANCE_SECONDS, type Claimant, type FetchSlot, type FetchSlots, openingTimes } from './fetch-slot.ts';
import { jwksFrom } from './jwks.ts';
import type { FetchedJwks } from './jwks-fetch.ts';
import { type JwksLocation, partitionOf } from './jwks-location.ts';

export interface JwksCacheTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** What function instances know together of an issuer. */
export interface JwksCacheItem {
  readonly slots: FetchSlots;
  readonly fetched?: FetchedJwks | undefined;
}

/** Of one claimant and one time, and of no other. */
export interface Claim {
  readonly claimant: Claimant;
  readonly claim: string;
}

/** The table is there to be quicker than the issuer. */
const TIMEOUT_MILLISECONDS = 1000;

/**
 * @param abortSignal aborts when the time for it is spent
 * @throws whatever the table throws
 */
export async function readItem(
  table: JwksCacheTable,
  location: JwksLocation,
  abortSignal?: AbortSignal,
): Promise<JwksCacheItem> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: keyOf(location), ConsistentRead: true }),
    abortSignal ? { abortSignal } : inTime(),
  );
  return itemFrom(Item);
}

/**
 * Claims a slot, before anything is fetched: one write decides which of all instances may.
 *
 * @param now epoch seconds
 * @returns what the item holds: the slot is ours if it has the claim
 * @throws whatever the table throws: then nobody knows
 */
export async function claimSlot(
  table: JwksCacheTable,
  location: JwksLocation,
  { claimant, claim }: Claim,
  now: number,
): Promise<JwksCacheItem> {
  const names = slotAttributes(claimant);
  const { settledBefore, claimedBefore, inFuture } = openingTimes(claimant, now);
  const update = new UpdateCommand({
    TableName: table.tableName,
    Key: keyOf(location),
    UpdateExpression: 'SET #claim = :claim, #claimedAt = :now, expiresAt = :expiresAt',
    ConditionExpression:
      'attribute_not_exists(#claimedAt) OR #claimedAt <= :claimedBefore OR #claimedAt > :inFuture OR (#claimedAt <= :settledBefore AND #claim = #settledClaim)',
    ExpressionAttributeNames: Object.fromEntries(Object.entries(names).map(([name, full]) => [`#${name}`, full])),
    ExpressionAttributeValues: {
      ':claim': claim,
      ':now': now,
      ':claimedBefore': claimedBefore,
      ':settledBefore': settledBefore,
      ':inFuture': inFuture,
      ':expiresAt': expiryOf(location, now),
    },
    ReturnValues: 'ALL_NEW',
  });
  const written = await unlessRefused(table.client.send(update, inTime()));
  // Where it was refused, it may be ours nevertheless: the first answer may have been lost, and the claim tried again.
  return written ? itemFrom(written.Attributes) : await readItem(table, location);
}

/**
 * Keeps what was fetched, unless something newer is there already, and that the fetch has ended.
 *
 * @throws whatever the table throws
 */
export async function settleFetched(
  table: JwksCacheTable,
  location: JwksLocation,
  claim: Claim,
  { jwks, etag, discovery, ...fetched }: FetchedJwks,
): Promise<void> {
  const values = {
    ...fetched,
    jwks: JSON.stringify(jwks),
    etag,
    discovery,
    [slotAttributes(claim.claimant).settledClaim]: claim.claim,
    expiresAt: expiryOf(location, fetched.fetchedAt),
  };
  const isKept = await set(
    table,
    location,
    values,
    'attribute_not_exists(fetchedAt) OR fetchedAt < :fetchedAt OR fetchedAt > :inFuture',
    { ':inFuture': fetched.fetchedAt + CLOCK_TOLERANCE_SECONDS },
  );
  if (!isKept) {
    await settleSlot(table, location, claim);
  }
}

/**
 * Keeps that a fetch has ended, so that nobody waits for it any more.
 *
 * @throws whatever the table throws
 */
export async function settleSlot(
  table: JwksCacheTable,
  location: JwksLocation,
  { claimant, claim }: Claim,
): Promise<void> {
  const names = slotAttributes(claimant);
  const values = { [names.settledClaim]: claim };
  await set(table, location, values, `${names.claim} = :${names.settledClaim}`, {});
}

/**
 * Sets the attributes that have a value, and removes those that have none.
 *
 * @returns whether the condition held
 */
async function set(
  table: JwksCacheTable,
  location: JwksLocation,
  attributes: Readonly<Record<string, unknown>>,
  condition: string,
  conditionValues: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const entries = Object.entries(attributes);
  const kept = entries.filter(([, value]) => value !== undefined);
  const removed = entries.filter(([, value]) => value === undefined);
  const update = new UpdateCommand({
    TableName: table.tableName,
    Key: keyOf(location),
    UpdateExpression: [
      `SET ${kept.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: condition,
    // Among them are words that DynamoDB reserves.
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(kept.map(([name, value]) => [`:${name}`, value])),
      ...conditionValues,
    },
  });
  return (await unlessRefused(table.client.send(update, inTime()))) !== undefined;
}

/** What cannot be read is as good as nothing: the next fetch writes it anew. */
function itemFrom(item: StoredItem = {}): JwksCacheItem {
  return {
    slots: {
      request: readableIn(() => slotFrom(item, 'request')),
      background: readableIn(() => slotFrom(item, 'background')),
    },
    fetched: readableIn(() => fetchedFrom(item)),
  };
}

function readableIn<Part>(read: () => Part): Part | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function slotFrom(item: StoredItem, claimant: Claimant): FetchSlot {
  const { claim, claimedAt, settledClaim } = slotAttributes(claimant);
  return {
    claim: textIn(item, claim),
    claimedAt: numberIn(item, claimedAt),
    settledClaim: optionalTextIn(item, settledClaim),
  };
}

/** Names of what the item holds of a claimant's slot. */
function slotAttributes(claimant: Claimant) {
  return {
    claim: `${claimant}Claim`,
    claimedAt: `${claimant}ClaimedAt`,
    settledClaim: `${claimant}SettledClaim`,
  };
}

function fetchedFrom(item: StoredItem): FetchedJwks {
  return {
    jwks: jwksFrom(JSON.parse(textIn(item, 'jwks'))).jwks,
    source: textIn(item, 'source'),
    etag: optionalTextIn(item, 'etag'),
    fetchedAt: numberIn(item, 'fetchedAt'),
    asOf: numberIn(item, 'asOf'),
    freshUntil: numberIn(item, 'freshUntil'),
    discovery: discoveryFrom(item.discovery),
  };
}

function discoveryFrom(discovery: unknown): Discovery | undefined {
  if (typeof discovery !== 'object' || discovery === null) {
    return undefined;
  }
  const members = { ...discovery };
  return {
    jwksUri: textIn(members, 'jwksUri'),
    fetchedAt: numberIn(members, 'fetchedAt'),
    freshUntil: numberIn(members, 'freshUntil'),
  };
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
