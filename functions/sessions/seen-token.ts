import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from './conditional-write.ts';
import { hashOf, type ItemKey, seenTokenKey } from './item-keys.ts';
import type { ScopeEnding } from './scope-ending.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What tells a logout token from others, and what it orders. Times are epoch seconds. */
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
  /** What is to end: kept with the claim, so that a logout whose function dies half-way can be finished by another. */
  readonly endings: readonly ScopeEnding[];
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
/** How long a `jti` is remembered: OPs that deliver again sign it with new times (Zitadel). */
const MEMORY_SECONDS = 2 * 86_400;

const SeenToken = z.object({
  scopeHash: z.string(),
  iat: z.coerce.number(),
  expiresAt: z.coerce.number(),
  doneAt: z.optional(z.coerce.number()),
});

/**
 * Claims a token's `jti`, or tells who did before.
 *
 * One write decides, so that of two deliveries that race one is the first for both.
 *
 * @param now epoch seconds
 * @throws whatever the table throws: then nobody knows, and nothing may be ended
 */
export async function claimToken(table: SessionsTable, token: TokenIdentity, now: number): Promise<FirstDelivery> {
  const scopeHash = scopeHashOf(token);
  const seen = await putUnlessSeen(table, token, scopeHash, now + MEMORY_SECONDS);
  if (!seen) {
    return { isEarlier: false, hasSameScope: true, iat: token.iat, isDone: false };
  }
  if (seen.expiresAt <= now) {
    // DynamoDB deletes late. Whoever takes the leftover away is the first, or comes after whoever did.
    await deleteExpired(table, seenTokenKey(token.signer, token.jti), now);
    return await claimToken(table, token, now);
  }
  const hasSameScope = seen.scopeHash === scopeHash;
  // Whoever delivers late can deliver later still, and must not outlast our memory.
  if (hasSameScope && seen.expiresAt < now + ACCEPTANCE_SECONDS) {
    await update(table, token, 'SET expiresAt = :value', now + MEMORY_SECONDS);
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
  { signer, jti, iat, endings }: TokenIdentity,
  scopeHash: string,
  expiresAt: number,
): Promise<z.infer<typeof SeenToken> | undefined> {
  const attributes = Object.entries({ scopeHash, iat, endings, expiresAt });
  const { Attributes } = await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: seenTokenKey(signer, jti),
      UpdateExpression: `SET ${attributes.map(([name]) => `${name} = if_not_exists(${name}, :${name})`).join(', ')}`,
      ExpressionAttributeValues: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
      ReturnValues: 'ALL_OLD',
    }),
  );
  // Of a new item some engines return the key, where AWS returns nothing.
  return Attributes?.scopeHash === undefined ? undefined : SeenToken.parse(Attributes);
}

/** @param now epoch seconds */
async function deleteExpired({ client, tableName }: SessionsTable, key: ItemKey, now: number): Promise<void> {
  await unlessRefused(
    client.send(
      new DeleteCommand({
        TableName: tableName,
        Key: key,
        ConditionExpression: 'NOT attribute_type(expiresAt, :number) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': now, ':number': 'N' },
      }),
    ),
  );
}

/**
 * Notes that the logout of a token is done.
 *
 * @param now epoch seconds
 */
export async function markTokenDone(table: SessionsTable, token: TokenIdentity, now: number): Promise<void> {
  await update(table, token, 'SET doneAt = :value', now);
}

/** Never makes an item: one without all its attributes would say things of a token that nobody has seen. */
async function update(
  { client, tableName }: SessionsTable,
  { signer, jti }: TokenIdentity,
  expression: string,
  value: number,
): Promise<void> {
  await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: seenTokenKey(signer, jti),
        UpdateExpression: expression,
        ConditionExpression: 'attribute_exists(scopeHash)',
        ExpressionAttributeValues: { ':value': value },
      }),
    ),
  );
}

/** In any order, and as a string or a list of one: the same audience. */
function scopeHashOf({ issuer, audiences, sub, sid }: TokenIdentity): string {
  return hashOf(issuer, [...new Set(audiences)].sort(), sub ?? null, sid ?? null);
}
