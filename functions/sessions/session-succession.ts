import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from './conditional-write.ts';
import { partitionsOf, sessionFrom, sessionKey } from './session.ts';
import { END_KEPT_SECONDS, ENDING_REMOVES } from './session-ending.ts';
import { LoggedOutError, SessionExistsError, SessionNotFoundError } from './session-errors.ts';
import { deletePointers } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** A session that is about to be written, and the one that it takes the place of. */
export interface Succession {
  readonly idHash: string;
  readonly creation: string;
  /** Creation of a live session. Where undefined, whatever has the id must be over. */
  readonly replaces: string | undefined;
}

/** What has the id: a session, or the end of one. */
const Holder = z.object({
  creation: z.string(),
  expiresAt: z.coerce.number(),
  latestExpiresAt: z.optional(z.coerce.number()),
  endedAt: z.optional(z.coerce.number()),
  cause: z.optional(z.string()),
  successor: z.optional(z.string()),
});
type Holder = z.infer<typeof Holder>;

/**
 * Ends whatever has the id of a session that is to be written, and keeps the id for that session alone: an end that
 * names its successor. A logout that sees the pointers to the new session writes its own end over it.
 *
 * @param now epoch seconds
 * @returns whether the session is still to be written; false where it is there: a write whose answer was lost
 * @throws SessionExistsError where a live session has the id that is not the one to be replaced
 * @throws SessionNotFoundError where the one to be replaced is gone
 * @throws LoggedOutError where a logout has taken the id from the new one
 */
export async function succeed(table: SessionsTable, succession: Succession, now: number): Promise<boolean> {
  const { idHash, creation, replaces } = succession;
  const item = await read(table, idHash);
  if (!item && replaces === undefined) {
    return true;
  }
  const holder = item && Holder.parse(item);
  if (holder?.creation === creation) {
    requireLive(holder);
    return false;
  }
  const refusal = replaces === undefined ? new SessionExistsError() : new SessionNotFoundError();
  if (
    !holder ||
    isOver(holder, now) !== (replaces === undefined) ||
    holder.creation !== (replaces ?? holder.creation)
  ) {
    throw refusal;
  }
  const isWritten = await writeSuccessor(table, succession, holder, now);
  // The SDK sends a write again whose answer was lost: then it is our own name that refuses the second one.
  if (!isWritten && Holder.safeParse(await read(table, idHash)).data?.successor !== creation) {
    throw refusal;
  }
  const session = sessionFrom(item);
  if (session) {
    await deletePointers(table, [{ ...session, partitions: partitionsOf(session) }]);
  }
  return true;
}

/**
 * Whether a session that was to be written, and was refused, is there all the same.
 *
 * @throws SessionExistsError, LoggedOutError, SessionNotFoundError where it is not
 */
export async function requireWritten(table: SessionsTable, { idHash, creation }: Succession): Promise<void> {
  const holder = Holder.safeParse(await read(table, idHash)).data;
  if (holder?.creation !== creation) {
    throw new SessionExistsError();
  }
  requireLive(holder);
}

function requireLive({ endedAt, cause }: Holder): void {
  if (endedAt !== undefined) {
    throw cause === 'logout' ? new LoggedOutError() : new SessionNotFoundError();
  }
}

/** On the condition that nothing has changed since it was read. */
async function writeSuccessor(
  { client, tableName }: SessionsTable,
  { idHash, creation, replaces }: Succession,
  { creation: held, endedAt, successor }: Holder,
  now: number,
): Promise<boolean> {
  const cause = replaces === undefined ? 'deleted' : 'replaced';
  const end = endedAt === undefined ? `, endedAt = :now, cause = :cause REMOVE ${ENDING_REMOVES}` : '';
  const written = await unlessRefused(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: sessionKey(idHash),
        UpdateExpression: `SET successor = :creation, expiresAt = :kept${end}`,
        ConditionExpression: [
          'creation = :held',
          endedAt === undefined ? 'attribute_not_exists(endedAt)' : 'endedAt = :endedAt',
          successor === undefined ? 'attribute_not_exists(successor)' : 'successor = :successor',
        ].join(' AND '),
        ...(endedAt === undefined && { ExpressionAttributeNames: { '#sub': 'sub', '#data': 'data' } }),
        ExpressionAttributeValues: {
          ':creation': creation,
          ':kept': now + END_KEPT_SECONDS,
          ':held': held,
          ...(endedAt === undefined ? { ':now': now, ':cause': cause } : { ':endedAt': endedAt }),
          ...(successor !== undefined && { ':successor': successor }),
        },
      }),
    ),
  );
  return written !== undefined;
}

function isOver({ endedAt, expiresAt, latestExpiresAt = expiresAt }: Holder, now: number): boolean {
  return endedAt !== undefined || Math.min(expiresAt, latestExpiresAt) <= now;
}

async function read(
  { client, tableName }: SessionsTable,
  idHash: string,
): Promise<Record<string, unknown> | undefined> {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: sessionKey(idHash), ConsistentRead: true }),
  );
  return Item;
}
