import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireEpochSeconds, requireFuture, requireText } from './input-checks.ts';
import { hashOf } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { partitionsOf, type Session, sessionKey } from './session.ts';
import { deleteSessionById } from './session-deletion.ts';
import { LoggedOutError, SessionExistsError } from './session-errors.ts';
import { putPointers } from './session-pointer.ts';
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
}

/**
 * Writes the session, then its pointers, then reads the not-before markers.
 *
 * The session first: only who made it may write the pointers of its id. The markers last: a logout that has not seen
 * the pointers has written its marker before they were there.
 *
 * @param now epoch seconds
 * @param maxSessionLifetimeSeconds from the ID token's `iat`, so that no session outlives a marker that forbids it
 */
export async function createSession(
  table: SessionsTable,
  login: NewSession,
  now: number,
  maxSessionLifetimeSeconds: number,
): Promise<Session & { readonly id: string }> {
  const { issuer, clientId, sub, sid, idTokenIssuedAt, data, id = randomBytes(24).toString('base64url') } = login;
  requireText({ issuer, clientId, sub, id, ...(sid !== undefined && { sid }) });
  requireEpochSeconds('idTokenIssuedAt', idTokenIssuedAt);
  requireFuture('expiresAt', login.expiresAt, now);
  const latestExpiresAt = Math.floor(idTokenIssuedAt) + maxSessionLifetimeSeconds;
  requireFuture('idTokenIssuedAt + maxSessionLifetimeSeconds', latestExpiresAt, now);

  const json = jsonObject('data', data);
  const idHash = hashOf(id);
  const session = {
    issuer,
    clientId,
    sub,
    ...(sid !== undefined && { sid }),
    idTokenIssuedAt,
    createdAt: now,
    expiresAt: Math.min(login.expiresAt, latestExpiresAt),
  };
  const pointer = { idHash, idTokenIssuedAt, partitions: partitionsOf(session) };

  const written = await unlessRefused(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...sessionKey(idHash), ...session, latestExpiresAt, data: json },
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now OR latestExpiresAt <= :now',
        ExpressionAttributeValues: { ':now': now },
      }),
    ),
  );
  if (!written) {
    throw new SessionExistsError();
  }
  try {
    await putPointers(table, pointer, latestExpiresAt);
    if (await isForbidden(table, pointer.partitions, idTokenIssuedAt)) {
      throw new LoggedOutError();
    }
  } catch (error) {
    // Nobody knows whether a logout covers it, or one does: either way it must not be readable.
    await deleteSessionById(table, idHash);
    throw error;
  }
  return { id, idHash, ...session, data };
}
