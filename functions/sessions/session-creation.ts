import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireFuture, requireIssuedAt, requireText } from './input-checks.ts';
import { hashOf, type ItemKey } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { partitionsOf, type Session, sessionKey } from './session.ts';
import { deleteCreation } from './session-deletion.ts';
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

/** Pointers outlive their session by more than the clocks of relying parties can differ. */
const CLOCK_MARGIN_SECONDS = 86_400;

/**
 * Writes the session's pointers, then the session, then reads the not-before markers.
 *
 * The pointers first: a run that dies leaves pointers to nothing, never a session that no logout finds. The markers
 * last: a logout that has not seen the pointers has written its marker before they were there.
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
  const { issuer, clientId, sub, sid, data, id = randomBytes(24).toString('base64url') } = login;
  requireText({ issuer, clientId, sub, id, ...(sid !== undefined && { sid }) });
  const idTokenIssuedAt = requireIssuedAt(login.idTokenIssuedAt, now);
  const latestExpiresAt = idTokenIssuedAt + maxSessionLifetimeSeconds;
  requireFuture('idTokenIssuedAt + maxSessionLifetimeSeconds', latestExpiresAt, now);

  const json = jsonObject('data', data);
  const session = {
    issuer,
    clientId,
    sub,
    ...(sid !== undefined && { sid }),
    idTokenIssuedAt,
    createdAt: now,
    expiresAt: Math.min(requireFuture('expiresAt', login.expiresAt, now), latestExpiresAt),
  };
  const idHash = hashOf(id);
  const creation = randomBytes(16).toString('base64url');
  const pointer = { idHash, creation, idTokenIssuedAt, partitions: partitionsOf(session) };

  await putPointers(table, pointer, latestExpiresAt + CLOCK_MARGIN_SECONDS);
  try {
    if (!(await putSession(table, { ...sessionKey(idHash), creation, ...session, latestExpiresAt, data: json }, now))) {
      throw new SessionExistsError();
    }
    if (await isForbidden(table, pointer.partitions, idTokenIssuedAt)) {
      throw new LoggedOutError();
    }
  } catch (error) {
    // Nobody knows whether a logout covers it, or one does: either way it must not be readable.
    await deleteCreation(table, pointer).catch((cause: unknown) => {
      throw error instanceof LoggedOutError ? new LoggedOutError({ cause }) : error;
    });
    throw error;
  }
  return { id, idHash, ...session, data };
}

/** @returns false where a live session has the id */
async function putSession(
  { client, tableName }: SessionsTable,
  item: ItemKey & { readonly creation: string } & Record<string, unknown>,
  now: number,
): Promise<boolean> {
  const { pk, sk, creation } = item;
  const written = await unlessRefused(
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now OR latestExpiresAt <= :now',
        ExpressionAttributeValues: { ':now': now },
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
