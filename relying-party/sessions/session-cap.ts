import { itemOf, partitionsOf, type Session } from './session.ts';
import { endCreation } from './session-ending.ts';
import { LoggedOutError, SessionLimitError, SessionNotFoundError } from './session-errors.ts';
import { liveSessions, pointersOfSubject } from './session-listing.ts';
import type { SessionsTable } from './sessions-table.ts';

type Counted = Omit<Session, 'data'>;

/** A subject can have very many when its relying party begins to have a limit. */
const ENDED_AT_ONCE = 50;

/**
 * Ends the oldest sessions of a subject, so that no more are left than a number.
 *
 * Whoever has written a session calls this after it. Of logins at once, the last to write sees all of them, and the
 * order is the same for everybody: so the same sessions stay, whoever ends the others.
 *
 * @param own the session that was just written; where this throws, the caller makes sure of its end
 * @param max at least 1
 * @param now epoch seconds
 * @throws SessionLimitError where it is not among the newest
 * @throws LoggedOutError, SessionNotFoundError where it has ended meanwhile for another reason
 */
export async function keepWithinLimit(table: SessionsTable, own: Counted, max: number, now: number): Promise<void> {
  const isOwn = ({ creation }: { readonly creation: string }) => creation === own.creation;
  const pointers = await pointersOfSubject(table, own);
  // Where its own pointer is gone, another login has ended it, or a logout.
  if (pointers.length <= max && pointers.some(isOwn)) {
    return;
  }
  const live = await liveSessions(table, pointers, now);
  const newest = live.sort(newestFirst).slice(0, max);
  for (let start = max; start < live.length; start += ENDED_AT_ONCE) {
    const oldest = live.slice(start, start + ENDED_AT_ONCE);
    await Promise.all(
      oldest.map((session) => endCreation(table, { ...session, partitions: partitionsOf(session) }, now)),
    );
  }
  if (newest.some(isOwn)) {
    return;
  }
  const holder = live.some(isOwn) ? undefined : await itemOf(table, own.idHash);
  if (holder?.creation === own.creation && holder.cause === 'logout') {
    throw new LoggedOutError();
  }
  const isBeyondLimit = newest.length === max && newest.every((other) => newestFirst(other, own) < 0);
  throw isBeyondLimit ? new SessionLimitError() : new SessionNotFoundError();
}

/** By the OP's clock first, which is one for all; then by that of the machine that made the session. */
function newestFirst(a: Counted, b: Counted): number {
  return b.idTokenIssuedAt - a.idTokenIssuedAt || (a.creation > b.creation ? -1 : 1);
}
