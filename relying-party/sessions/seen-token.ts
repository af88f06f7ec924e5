import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { hashOf, type ItemKey, seenTokenKey } from './item-keys.ts';
import type { ScopeEnding } from './scope-ending.ts';
import type { SessionsTable } from './sessions-table.ts';
import { numberIn, optionalNumberIn, type StoredItem, textIn } from './stored-item.ts';

/** What tells a logout token from others. Times are epoch seconds. */
export interface TokenIdentity {
  /** The issuer in whose name the sessions are kept, also where the token came under an alias. */
  readonly issuer: string;
  /** Who can sign such tokens: a `jti` is unique among those of one signer. */
  readonly signer: readonly string[];
  readonly jti: string;
  readonly audiences: readonly string[];
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  readonly iat: number;
  readonly exp: number | undefined;
}

/** A logout token as the table knows it: nothing in it is personal. Times are epoch seconds. */
export interface TokenClaim {
  /** Partition of the item: a hash. */
  readonly pk: string;
  /** Hash of issuer, audience, `sub` and `sid`. */
  readonly scopeHash: string;
  readonly iat: number;
  /** Until when the OP may sign the same logout anew; what it signs later under the same `jti` is another logout. */
  readonly repeatedUntil: number;
}

/** The delivery that was the first to claim a `jti`: this one, or an earlier one. */
export interface FirstDelivery {
  readonly isEarlier: boolean;
  /** Whether its token named the same issuer, audience, `sub` and `sid`. */
  readonly hasSameScope: boolean;
  /** Its token's `iat`, in epoch seconds. */
  readonly iat: number;
  /** Whether its logout is known to be done. */
  readonly isDone: boolean;
}

/** Longer than any token can be accepted: `maxTokenAgeSeconds` is a day at most, and the clock tolerance five minutes. */
const ACCEPTANCE_SECONDS = 86_400 + 600;
/** How long a `jti` is remembered after its last delivery. */
const MEMORY_SECONDS = 2 * 86_400;
/**
 * How long an OP may sign the same logout anew, with later times: Zitadel does for some minutes, as long as its tokens
 * live at most. OPs that send no `exp` deliver the very same token.
 */
const MOST_REPEATED_SECONDS = 900;
const REPEATED_WITHOUT_EXP_SECONDS = 300;

interface SeenToken extends Pick<TokenClaim, 'scopeHash' | 'iat' | 'repeatedUntil'> {
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Epoch seconds. */
  readonly doneAt: number | undefined;
  /** The attributes as they are stored. */
  readonly stored: StoredItem;
}

/** Makes of a token what the table knows it by. */
export function tokenClaimOf({ issuer, signer, jti, audiences, sub, sid, iat, exp }: TokenIdentity): TokenClaim {
  return {
    pk: seenTokenKey(signer, jti).pk,
    // In any order, and as a string or a list of one: the same audience.
    scopeHash: hashOf(issuer, [...new Set(audiences)].sort(), sub ?? null, sid ?? null),
    iat,
    repeatedUntil: Math.min(exp ?? iat + REPEATED_WITHOUT_EXP_SECONDS, iat + MOST_REPEATED_SECONDS),
  };
}

/**
 * Claims a token's `jti`, or tells who did before.
 *
 * One write decides, so that of two deliveries that race one is the first for both.
 *
 * A token with the `jti` and the scope of an earlier one, and a later `iat`, is the same logout signed anew (Zitadel)
 * only if it was issued while the first one was still good. Later, it is another logout of an OP that uses its `jti`
 * again (Casdoor had the session's id there), and is claimed as one.
 *
 * @param endings what is to end: kept with the claim, so that a logout whose function dies half-way can be finished by
 *   another
 * @param now epoch seconds
 * @throws whatever the table throws: then nobody knows, and nothing may be ended
 */
export async function claimToken(
  table: SessionsTable,
  claim: TokenClaim,
  endings: readonly ScopeEnding[],
  now: number,
): Promise<FirstDelivery> {
  const seen = await putUnlessSeen(table, claim, endings, now + MEMORY_SECONDS);
  if (!seen) {
    return { isEarlier: false, hasSameScope: true, iat: claim.iat, isDone: false };
  }
  const hasSameScope = seen.scopeHash === claim.scopeHash;
  const isAnotherLogout = hasSameScope && claim.iat > Math.max(seen.repeatedUntil, seen.iat);
  if (seen.expiresAt <= now || isAnotherLogout) {
    // DynamoDB deletes late. Whoever takes the leftover away is the first, or comes after whoever did.
    await deleteUnlessChanged(table, claim, seen.stored);
    return await claimToken(table, claim, endings, now);
  }
  // Whoever delivers late can deliver later still, and must not outlast our memory.
  if (hasSameScope && seen.expiresAt < now + ACCEPTANCE_SECONDS) {
    await update(table, { pk: claim.pk, iat: seen.iat }, 'SET expiresAt = :value', now + MEMORY_SECONDS);
  }
  return {
    isEarlier: true,
    hasSameScope,
    iat: seen.iat,
    isDone: seen.doneAt !== undefined,
  };
}

/** @returns what stood there before; undefined where it was nothing, and the token stands there now */
async function putUnlessSeen(
  { client, tableName }: SessionsTable,
  { pk, ...claim }: TokenClaim,
  endings: readonly ScopeEnding[],
  expiresAt: number,
): Promise<SeenToken | undefined> {
  const attributes = Object.entries({ ...claim, endings, expiresAt });
  const { Attributes } = await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: keyOf(pk),
      UpdateExpression: `SET ${attributes.map(([name]) => `${name} = if_not_exists(${name}, :${name})`).join(', ')}`,
      ExpressionAttributeValues: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
      ReturnValues: 'ALL_OLD',
    }),
  );
  // Of a new item some engines return the key, where AWS returns nothing.
  return Attributes?.scopeHash === undefined ? undefined : seenTokenFrom(Attributes);
}

/** @throws StoredItemError where the item is not one that this library wrote */
function seenTokenFrom(stored: StoredItem): SeenToken {
  return {
    scopeHash: textIn(stored, 'scopeHash'),
    iat: numberIn(stored, 'iat'),
    repeatedUntil: numberIn(stored, 'repeatedUntil'),
    expiresAt: numberIn(stored, 'expiresAt'),
    doneAt: optionalNumberIn(stored, 'doneAt'),
    stored,
  };
}

/** A new item, not a changed one: the table's stream tells of new ones to whoever looks after interrupted logouts. */
async function deleteUnlessChanged(
  { client, tableName }: SessionsTable,
  { pk }: TokenClaim,
  { iat, expiresAt }: SeenToken['stored'],
): Promise<void> {
  await unlessRefused(
    client.send(
      new DeleteCommand({
        TableName: tableName,
        Key: keyOf(pk),
        ConditionExpression: 'iat = :iat AND expiresAt = :expiresAt',
        ExpressionAttributeValues: { ':iat': iat, ':expiresAt': expiresAt },
      }),
    ),
  );
}

/**
 * Notes that the logout of a token is done.
 *
 * @param first of its `jti`: another logout may have claimed it since, where the OP uses it again
 * @param now epoch seconds
 */
export async function markTokenDone(
  table: SessionsTable,
  first: Pick<TokenClaim, 'pk' | 'iat'>,
  now: number,
): Promise<void> {
  await update(table, first, 'SET doneAt = :value', now);
}

/** Never makes an item: one without all its attributes would say things of a token that nobody has seen. */
async function update(
  { client, tableName }: SessionsTable,
  { pk, iat }: Pick<TokenClaim, 'pk' | 'iat'>,
  expression: string,
  value: number,
): Promise<void> {
  await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: keyOf(pk),
        UpdateExpression: expression,
        ConditionExpression: 'iat = :iat',
        ExpressionAttributeValues: { ':value': value, ':iat': iat },
      }),
    ),
  );
}

function keyOf(pk: string): ItemKey {
  return { pk, sk: 'JTI' };
}
