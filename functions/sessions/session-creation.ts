import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireFuture, requireIssuedAt, requireText } from './input-checks.ts';
import { hashOf, type ItemKey } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { partitionsOf, type Session, sessionFrom, sessionKey, VACANT } from './session.ts';
import { endOldestSessions } from './session-cap.ts';
import { endCreation } from './session-ending.ts';
import { LoggedOutError, SessionExistsError, SessionNotFoundError } from './session-errors.ts';
import { deletePointers, putPointers } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What a relying party knows when a login has succeeded. */
export interface NewSession {
  readonly issuer: string;
  readonly clientId: string;
  /** `sub` of the ID token. */
  readonly sub: string;
  /** `sid` of the ID token, where it has one. Without it only a logout of the whole subject ends the session. */
  readonly sid?: string | undefined;
  /** `iat` of the ID token of the login, in epoch seconds; never of a refreshed one: a refresh can outlive the logout. */
  readonly idTokenIssuedAt: number;
  /** When the session ends by itself, in epoch seconds; cut to `idTokenIssuedAt` + the store's `maxSessionLifetimeSeconds`. */
  readonly expiresAt: number;
  /** Whatever the application keeps; stored as JSON. */
  readonly data: Record<string, unknown>;
  /**
   * The session's id: 128 random bits or more, never used before, and not in a browser until `create` has answered.
   * @default - 192 random bits, base64url
   */
  readonly id?: string | undefined;
  /**
   * `creation` of the session that has the `id` and that this login takes the place of: somebody signed in anew in the
   * same browser session.
   * @default - no live session may have the id
   */
  readonly replaces?: string | undefined;
}

export interface SessionLimits {
  /** In seconds from the ID token's `iat`, so that no session outlives a marker that forbids it. */
  readonly maxSessionLifetimeSeconds: number;
  readonly maxSessionsPerSubject: number | undefined;
}

/** Pointers outlive their session by more than the clocks of relying parties can differ. */
const CLOCK_MARGIN_SECONDS = 86_400;

/**
 * Writes the session's pointers, then reads the not-before markers, then writes the session.
 *
 * A logout that has not seen the pointers has written its marker before they were there, and is seen here. One that has
 * seen them takes the id before the session has it, or ends the session. So no session comes after a logout that covers
 * it, whoever dies on the way; and a run that dies leaves pointers to nothing, never a session that no logout finds.
 *
 * @param now epoch seconds
 */
export async function createSession(
  table: SessionsTable,
  login: NewSession,
  now: number,
  { maxSessionLifetimeSeconds, maxSessionsPerSubject }: SessionLimits,
): Promise<Session & { readonly id: string }> {
  const { issuer, clientId, sub, sid, data, id = randomBytes(24).toString('base64url') } = login;
  requireText({ issuer, clientId, sub, id, ...(sid !== undefined && { sid }) });
  const idTokenIssuedAt = requireIssuedAt(login.idTokenIssuedAt, now);
  const latestExpiresAt = idTokenIssuedAt + maxSessionLifetimeSeconds;
  requireFuture('idTokenIssuedAt + maxSessionLifetimeSeconds', latestExpiresAt, now);

  const json = jsonObject('data', data);
  const session = {
    idHash: hashOf(id),
    creation: randomBytes(16).toString('base64url'),
    issuer,
    clientId,
    sub,
    ...(sid !== undefined && { sid }),
    idTokenIssuedAt,
    createdAt: now,
    expiresAt: Math.min(requireFuture('expiresAt', login.expiresAt, now), latestExpiresAt),
    latestExpiresAt,
  };
  const { idHash, ...attributes } = session;
  const pointer = { idHash, creation: session.creation, idTokenIssuedAt, partitions: partitionsOf(session) };
  const item = { ...sessionKey(idHash), ...attributes, data: json };

  if (login.replaces !== undefined) {
    await endReplaced(table, idHash, login.replaces, now);
  }
  await putPointers(table, pointer, latestExpiresAt + CLOCK_MARGIN_SECONDS);
  let undo = () => deletePointers(table, [pointer]);
  try {
    if (await isForbidden(table, pointer.partitions, idTokenIssuedAt)) {
      throw new LoggedOutError();
    }
    // A write that has failed here may have succeeded there, or succeed yet.
    undo = () => endCreation(table, pointer, 'deleted', now);
    await putSession(table, item, login.replaces, now);
    if (maxSessionsPerSubject !== undefined) {
      await endOldestSessions(table, { issuer, clientId, sub }, maxSessionsPerSubject, now);
    }
  } catch (error) {
    await undo().catch((cause: unknown) => {
      throw error instanceof LoggedOutError ? new LoggedOutError({ cause }) : error;
    });
    throw error;
  }
  return { id, ...session, data };
}

type SessionItem = ItemKey & { readonly creation: string } & Record<string, unknown>;

/**
 * Ends the session that a login takes the place of, before anything points to the new one: a logout that sees the new
 * pointers must be able to take the id.
 *
 * @throws SessionNotFoundError where it is not there
 */
async function endReplaced(table: SessionsTable, idHash: string, creation: string, now: number): Promise<void> {
  const { client, tableName } = table;
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: sessionKey(idHash), ConsistentRead: true }),
  );
  const session = Item && sessionFrom(Item);
  if (session?.creation !== creation) {
    throw new SessionNotFoundError();
  }
  await endCreation(table, { ...session, partitions: partitionsOf(session) }, 'replaced', now);
}

/**
 * @param replaced creation of the session whose place it takes
 * @throws SessionExistsError where a session has the id, or had it a moment ago
 * @throws LoggedOutError where a logout has taken the id
 */
async function putSession(
  { client, tableName }: SessionsTable,
  item: SessionItem,
  replaced: string | undefined,
  now: number,
): Promise<void> {
  const written = await unlessRefused(
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: [
          VACANT,
          ...(replaced === undefined ? [] : ['creation = :replaced AND attribute_exists(endedAt)']),
        ].join(' OR '),
        ExpressionAttributeValues: { ':now': now, ...(replaced !== undefined && { ':replaced': replaced }) },
      }),
    ),
  );
  if (written) {
    return;
  }
  const { pk, sk, creation } = item;
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true }));
  // The SDK sends a write again whose answer was lost: then it is our own item that refuses the second one.
  if (Item?.creation !== creation) {
    throw new SessionExistsError();
  }
  if (Item.endedAt !== undefined) {
    throw new LoggedOutError();
  }
}
