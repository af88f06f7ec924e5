import type { SubjectScope } from './item-keys.ts';
import { partitionsOf, type Session } from './session.ts';
import { endCreation } from './session-ending.ts';
import { listSessions } from './session-listing.ts';
import type { SessionsTable } from './sessions-table.ts';

/**
 * Ends the oldest sessions of a subject, so that no more are left than a number.
 *
 * Whoever has written a session calls this after it. Of logins at once, the last to write sees all of them, and the
 * order is the same for everybody: so the same sessions stay, whoever ends the others.
 *
 * @param max at least 1
 * @param now epoch seconds
 */
export async function endOldestSessions(
  table: SessionsTable,
  subject: SubjectScope,
  max: number,
  now: number,
): Promise<void> {
  const sessions = await listSessions(table, subject, now, max);
  const oldest = sessions.sort(newestFirst).slice(max);
  await Promise.all(
    oldest.map((session) => endCreation(table, { ...session, partitions: partitionsOf(session) }, now)),
  );
}

/** By the OP's clock first, which is one for all; the creation breaks the tie. */
function newestFirst(a: Session, b: Session): number {
  return b.idTokenIssuedAt - a.idTokenIssuedAt || b.createdAt - a.createdAt || (a.creation < b.creation ? -1 : 1);
}
