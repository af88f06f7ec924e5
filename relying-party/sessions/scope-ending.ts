import { isForbidden, raiseMarker } from './not-before-marker.ts';
import { type EndedSessions, endAllSessionsInScope, endFirst, endSessionsInScope } from './session-ending.ts';
import type { SessionPointer } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** A scope whose sessions are to end. It names nobody, and so may be kept and logged. */
export interface ScopeEnding {
  /** Partition of the scope: a hash. */
  readonly partition: string;
  /** How long a session of its relying party may live at most, in seconds. */
  readonly maxSessionLifetimeSeconds: number;
  /**
   * By how many seconds the logout also covers logins that are dated later than it: OPs date logout tokens back
   * (Zitadel), and the clocks of one OP's nodes differ.
   */
  readonly allowanceSeconds: number;
}

/** Markers live longer than the sessions they forbid, by more than the clocks of relying parties can differ. */
const CLOCK_MARGIN_SECONDS = 86_400;

/**
 * Ends the sessions of a scope that were issued at or before a time, and forbids later ones from before it: the marker
 * first, then what the pointers name, so that of a login and a logout that race at least one sees the other.
 *
 * Sessions that the caller has seen end while the marker is being written: in most logouts there is no other one, and a
 * round trip is saved. The pointers are read again after the marker all the same.
 *
 * @param loggedOutAt epoch seconds by the OP's clock: a logout token's `iat`
 * @param now epoch seconds
 * @param signal where given, nothing more is ended once it is aborted
 * @param seen pointers of the scope that were read before
 * @throws the signal's reason, where it was aborted before all had ended
 */
export async function endScope(
  table: SessionsTable,
  { partition, maxSessionLifetimeSeconds, allowanceSeconds }: ScopeEnding,
  loggedOutAt: number,
  now: number,
  signal?: AbortSignal,
  seen: readonly SessionPointer[] = [],
): Promise<EndedSessions> {
  const notBefore = loggedOutAt + allowanceSeconds;
  const expiresAt = Math.ceil(Math.max(notBefore, now)) + maxSessionLifetimeSeconds + CLOCK_MARGIN_SECONDS;
  const covered = signal?.aborted ? [] : seen.filter(({ idTokenIssuedAt }) => idTokenIssuedAt <= notBefore);
  const [endedFirst] = await Promise.all([
    endFirst(table, partition, covered, now),
    raiseMarker(table, partition, notBefore, expiresAt),
  ]);
  return await endSessionsInScope(table, partition, notBefore, now, signal, endedFirst);
}

/**
 * Ends all sessions of a scope that are there, whenever they were issued by the OP's clock, and forbids logins that are
 * under way.
 *
 * @param clockToleranceSeconds how far the OP's clock may be ahead of this machine's
 * @param now epoch seconds
 * @returns how many sessions there were
 */
export async function endWholeScope(
  table: SessionsTable,
  ending: ScopeEnding,
  clockToleranceSeconds: number,
  now: number,
): Promise<{ readonly ended: number }> {
  const covered = await endScope(table, ending, now + clockToleranceSeconds, now);
  const rest = await endAllSessionsInScope(table, ending.partition, now);
  return { ended: covered.subs.length + rest.length };
}

/**
 * Does what an ending that was begun has left undone; where nothing was left, it costs two reads.
 *
 * @param loggedOutAt epoch seconds by the OP's clock
 * @param now epoch seconds
 * @param signal where given, nothing more is ended once it is aborted
 * @returns whether anything had been left, and how many sessions there were
 * @throws the signal's reason, where it was aborted before all had ended
 */
export async function finishScope(
  table: SessionsTable,
  ending: ScopeEnding,
  loggedOutAt: number,
  now: number,
  signal?: AbortSignal,
): Promise<{ readonly wasLeft: boolean; readonly ended: number }> {
  const notBefore = loggedOutAt + ending.allowanceSeconds;
  if (await isForbidden(table, [ending.partition], notBefore)) {
    const { subs } = await endSessionsInScope(table, ending.partition, notBefore, now, signal);
    return { wasLeft: subs.length > 0, ended: subs.length };
  }
  const { subs } = await endScope(table, ending, loggedOutAt, now, signal);
  return { wasLeft: true, ended: subs.length };
}
