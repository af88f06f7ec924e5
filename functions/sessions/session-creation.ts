import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireFuture, requireIssuedAt, requireText } from './input-checks.ts';
import { hashOf, type ItemKey } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { partitionsOf, type Session, sessionFrom, sessionKey } from './session.ts';
import { endOldestSessions } from './session-cap.ts';
import { deleteCreation } from './session-deletion.ts';
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
 * Writes the session's pointers, then the session, then reads the not-before markers.
 *
 * The pointers first: a run that dies leaves pointers to nothing, never a session that no logout finds. The markers
 * last: a logout that has not seen the pointers has written its marker before they were there.
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

  await putPointers(table, pointer, latestExpiresAt + CLOCK_MARGIN_SECONDS);
  try {
    if (login.replaces !== undefined) {
      await replaceSession(table, item, login.replaces);
    } else if (!(await putSession(table, item, VACANT, { ':now': now }))) {
      throw new SessionExistsError();
    }
    if (await isForbidden(table, pointer.partitions, idTokenIssuedAt)) {
      throw new LoggedOutError();
    }
    if (maxSessionsPerSubject !== undefined) {
      await endOldestSessions(table, { issuer, clientId, sub }, maxSessionsPerSubject, now);
    }
  } catch (error) {
    // Nobody knows whether a logout covers it, or one does: either way it must not be readable.
    await deleteCreation(table, pointer).catch((cause: unknown) => {
      throw error instanceof LoggedOutError ? new LoggedOutError({ cause }) : error;
    });
    throw error;
  }
  return { id, ...session, data };
}

type SessionItem = ItemKey & { readonly creation: string } & Record<string, unknown>;

const VACANT = 'attribute_not_exists(pk) OR expiresAt <= :now OR latestExpiresAt <= :now';

/** The pointers to the old session go last: a run that dies before leaves pointers to nothing, which do no harm. */
async function replaceSession(table: SessionsTable, item: SessionItem, replaced: string): Promise<void> {
  const old = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: { pk: item.pk, sk: item.sk }, ConsistentRead: true }),
  );
  if (!(await putSession(table, item, 'creation = :replaced', { ':replaced': replaced }))) {
    throw new SessionNotFoundError();
  }
  if (old.Item?.creation === replaced) {
    const session = sessionFrom(old.Item);
    await deletePointers(table, [{ ...session, partitions: partitionsOf(session) }]);
  }
}

/** @returns false where the condition does not hold */
async function putSession(
  { client, tableName }: SessionsTable,
  item: SessionItem,
  condition: string,
  values: Record<string, unknown>,
): Promise<boolean> {
  const { pk, sk, creation } = item;
  const written = await unlessRefused(
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      }),
    ),
  );
  if (written) {
    return true;
  }
  // The SDK sends a write again whose answer was lost: then it is our own item that refuses the second one.
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true }));
  return Item?.creation === creation;
}
