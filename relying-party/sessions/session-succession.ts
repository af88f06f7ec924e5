import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { outcomeOf, type WriteOutcome } from './conditional-write.ts';
import { itemOf, partitionsOf, sessionFrom, sessionKey } from './session.ts';
import { END_KEPT_SECONDS, ENDING_REMOVES } from './session-ending.ts';
import { LoggedOutError, SessionExistsError, SessionNotFoundError } from './session-errors.ts';
import { deletePointers } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';
import type { StoredItem } from './stored-item.ts';

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

/** Tries at naming oneself the successor, each of which was lost to a change meanwhile. */
const MAX_TRIES = 4;

/**
 * Ends whatever has the id of a session that is to be written, and keeps the id for that session alone: an end that
 * names its successor. A logout that sees the pointers to the new session writes its own end over it.
 *
 * @param now epoch seconds
 * @returns `vacant` where nothing has the id; `written` where the session itself does
 * @throws SessionExistsError where a live session has the id that is not the one to be replaced
 * @throws SessionNotFoundError where the one to be replaced is gone
 * @throws LoggedOutError where a logout has taken the id from the new one
 */
export async function succeed(
  table: SessionsTable,
  succession: Succession,
  now: number,
): Promise<'successor' | 'vacant' | 'written'> {
  let outcome: WriteOutcome = 'refused';
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const item = await itemOf(table, succession.idHash);
    if (!item) {
      if (succession.replaces === undefined) {
        return 'vacant';
      }
      break;
    }
    const holder = Holder.parse(item);
    const own = ownPlace(holder, succession.creation);
    if (own) {
      return own;
    }
    // Named once: what another login has read must not be there again.
    if (outcome === 'unclear' || !mayBeSucceeded(holder, succession.replaces, now)) {
      break;
    }
    outcome = await writeSuccessor(table, succession, holder, now);
    if (outcome === 'written') {
      await deletePointersOf(table, item);
      return 'successor';
    }
  }
  throw refusal(succession);
}

/** An end has none: whoever wrote it over a session has deleted them. */
async function deletePointersOf(table: SessionsTable, item: StoredItem): Promise<void> {
  const session = sessionFrom(item);
  await deletePointers(table, session ? [{ ...session, partitions: partitionsOf(session) }] : []);
}

function refusal({ replaces }: Succession): Error {
  return replaces === undefined ? new SessionExistsError() : new SessionNotFoundError();
}

/** The SDK sends a write again whose answer was lost: then it is our own one that refuses the second. */
function ownPlace(holder: Holder, creation: string): 'successor' | 'written' | undefined {
  if (holder.creation === creation) {
    requireLive(holder);
    return 'written';
  }
  return holder.successor === creation ? 'successor' : undefined;
}

function mayBeSucceeded(holder: Holder, replaces: string | undefined, now: number): boolean {
  return replaces === undefined ? isOver(holder, now) : holder.creation === replaces && !isOver(holder, now);
}

/**
 * Makes sure that a session is there whose write was refused: the SDK sends a write again whose answer was lost, and then it
 * is our own one that refuses the second.
 *
 * @throws SessionExistsError, LoggedOutError, SessionNotFoundError where it is not
 */
export async function requireWritten(table: SessionsTable, { idHash, creation }: Succession): Promise<void> {
  const holder = Holder.safeParse(await itemOf(table, idHash)).data;
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
  { creation: held, expiresAt, endedAt, successor }: Holder,
  now: number,
): Promise<WriteOutcome> {
  const cause = replaces === undefined ? 'deleted' : 'replaced';
  const end = endedAt === undefined ? `, endedAt = :now, cause = :cause REMOVE ${ENDING_REMOVES}` : '';
  return await outcomeOf(
    client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: sessionKey(idHash),
        UpdateExpression: `SET successor = :creation, expiresAt = :kept${end}`,
        ConditionExpression: [
          'creation = :held',
          ...(endedAt === undefined
            ? ['attribute_not_exists(endedAt)', 'expiresAt = :expiresAt']
            : ['endedAt = :endedAt']),
          successor === undefined ? 'attribute_not_exists(successor)' : 'successor = :successor',
        ].join(' AND '),
        ...(endedAt === undefined && { ExpressionAttributeNames: { '#sub': 'sub', '#data': 'data' } }),
        ExpressionAttributeValues: {
          ':creation': creation,
          ':kept': now + END_KEPT_SECONDS,
          ':held': held,
          ...(endedAt === undefined
            ? { ':now': now, ':cause': cause, ':expiresAt': expiresAt }
            : { ':endedAt': endedAt }),
          ...(successor !== undefined && { ':successor': successor }),
        },
      }),
    ),
  );
}

function isOver({ endedAt, expiresAt, latestExpiresAt = expiresAt }: Holder, now: number): boolean {
  return endedAt !== undefined || Math.min(expiresAt, latestExpiresAt) <= now;
}
