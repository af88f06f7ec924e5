import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { outcomeOf, type WriteOutcome } from './conditional-write.ts';
import { jsonObject, requireFuture, requireIssuedAt, requireText } from './input-checks.ts';
import { hashOf, type ItemKey } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { itemOf, partitionsOf, type Session, sessionKey } from './session.ts';
import { keepWithinLimit } from './session-cap.ts';
import { endCreation } from './session-ending.ts';
import { LoggedOutError } from './session-errors.ts';
import { putPointers, type SessionPointer } from './session-pointer.ts';
import { requireWritten, type Succession, succeed } from './session-succession.ts';
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
 * seen them writes an end where the session would be, or ends the session. So no session comes after a logout that covers
 * it, whoever dies on the way; and a run that dies leaves pointers to nothing, never a session that no logout finds.
 *
 * @param time epoch milliseconds
 */
export async function createSession(
  table: SessionsTable,
  login: NewSession,
  time: number,
  { maxSessionLifetimeSeconds, maxSessionsPerSubject }: SessionLimits,
): Promise<Session & { readonly id: string }> {
  const now = Math.floor(time / 1000);
  const { issuer, clientId, sub, sid, data, id = randomBytes(24).toString('base64url') } = login;
  requireText({ issuer, clientId, sub, id, ...(sid !== undefined && { sid }) });
  const idTokenIssuedAt = requireIssuedAt(login.idTokenIssuedAt, now);
  const latestExpiresAt = idTokenIssuedAt + maxSessionLifetimeSeconds;
  requireFuture('idTokenIssuedAt + maxSessionLifetimeSeconds', latestExpiresAt, now);

  const json = jsonObject('data', data);
  const session = {
    idHash: hashOf(id),
    creation: newCreation(time),
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
    const succession = { idHash, creation: session.creation, replaces: login.replaces };
    // An id of our own making was never used.
    const isUsed =
      login.replaces !== undefined || (login.id !== undefined && (await itemOf(table, idHash)) !== undefined);
    await writeSession(table, item, pointer, succession, isUsed, now);
    if (maxSessionsPerSubject !== undefined) {
      await keepWithinLimit(table, session, maxSessionsPerSubject, now);
    }
  } catch (error) {
    // A write that has failed here may have succeeded there, or succeed yet.
    await endCreation(table, pointer, now).catch((cause: unknown) => {
      throw error instanceof LoggedOutError ? new LoggedOutError({ cause }) : error;
    });
    throw error;
  }
  return { id, ...session, data };
}

/**
 * Names a creating: 12 hexadecimal digits of its time, then 128 random bits. So creations sort by time.
 *
 * @param time epoch milliseconds
 */
function newCreation(time: number): string {
  return time.toString(16).padStart(12, '0') + randomBytes(16).toString('base64url');
}

/**
 * Writes a session, after its pointers: on the condition that no marker forbids it, and that nothing else has its id.
 *
 * Whether something has it is read before the markers. So a logout whose marker is not there yet finds the id free, or
 * kept for this session, and writes its end.
 *
 * @param isUsed whether something has had the id, as far as is known
 * @param now epoch seconds
 */
async function writeSession(
  table: SessionsTable,
  item: SessionItem,
  { partitions, idTokenIssuedAt }: SessionPointer,
  succession: Succession,
  isUsed: boolean,
  now: number,
): Promise<void> {
  await requireNotForbidden(table, partitions, idTokenIssuedAt);
  const first = isUsed ? 'refused' : await putSession(table, item, 'vacant');
  if (first === 'written') {
    return;
  }
  if (first === 'refused') {
    const place = await succeed(table, succession, now);
    if (place === 'written') {
      return;
    }
    await requireNotForbidden(table, partitions, idTokenIssuedAt);
    if ((await putSession(table, item, place)) === 'written') {
      return;
    }
  }
  // It is written once: where another login has taken its place since, the pointers to it are gone.
  await requireWritten(table, succession);
}

async function requireNotForbidden(
  table: SessionsTable,
  partitions: readonly string[],
  idTokenIssuedAt: number,
): Promise<void> {
  if (await isForbidden(table, partitions, idTokenIssuedAt)) {
    throw new LoggedOutError();
  }
}

type SessionItem = ItemKey & { readonly creation: string } & Record<string, unknown>;

async function putSession(
  { client, tableName }: SessionsTable,
  item: SessionItem,
  place: 'successor' | 'vacant',
): Promise<WriteOutcome> {
  return await outcomeOf(
    client.send(
      new PutCommand({
        TableName: tableName,
        Item: item,
        ...(place === 'vacant'
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'successor = :creation',
              ExpressionAttributeValues: { ':creation': item.creation },
            }),
      }),
    ),
  );
}
