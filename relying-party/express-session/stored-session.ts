import type { Session } from '../sessions/index.ts';
import type { AnonymousSession } from './anonymous-sessions.ts';

/** A session as the table has it: somebody has signed in, or nobody has. */
export type StoredSession = Session | AnonymousSession;

/** What is remembered of a session: the middleware has the data, and changes it. */
export type KnownSession = Omit<Session, 'data'> | Omit<AnonymousSession, 'data'>;

export function isSignedIn(stored: StoredSession): stored is Session;
export function isSignedIn(stored: KnownSession): stored is Omit<Session, 'data'>;
export function isSignedIn(stored: KnownSession): boolean {
  return 'sub' in stored;
}

/**
 * Whether a new end alone is worth a write: one for each request would cost more than reading the session.
 *
 * @param expiresAt the new end, in epoch seconds
 * @param now epoch seconds
 * @param touchAfterSeconds at most a tenth of what the session has left counts, so that short ones stay exact
 */
export function isWorthMoving(
  stored: KnownSession,
  expiresAt: number,
  now: number,
  touchAfterSeconds: number,
): boolean {
  const end = isSignedIn(stored) ? Math.min(expiresAt, stored.latestExpiresAt) : expiresAt;
  const later = end - stored.expiresAt;
  return later < 0 || (later > 0 && later >= Math.min(touchAfterSeconds, (end - now) / 10));
}
