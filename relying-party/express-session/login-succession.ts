import type { SessionIdentity } from './session-identity.ts';

/**
 * Whose session it is that comes after another one, in the same browser session: under the same id, or regenerated.
 *
 * The ID token in it may be a refreshed one, which has a later `iat` and often no `sid` (OpenID Connect Core 1.0, section
 * 12.2). Then it is the earlier login still, with its `sid` and its `iat`: a refresh can outlive the logout. Only what
 * shows a new login makes one: another subject, another `sid`, or without `sid` a later `auth_time`, which in a
 * refreshed token is that of the login. Where nothing tells, the earlier login goes on.
 */
export function identityAfter(earlier: SessionIdentity, later: SessionIdentity): SessionIdentity {
  const isSameSubject =
    earlier.issuer === later.issuer && earlier.clientId === later.clientId && earlier.sub === later.sub;
  if (!isSameSubject) {
    return later;
  }
  const isNewLogin =
    earlier.sid === undefined
      ? isAuthenticatedAgain(earlier, later)
      : later.sid !== undefined && later.sid !== earlier.sid;
  return isNewLogin ? later : { ...earlier, sid: earlier.sid ?? later.sid, idTokenIssuedAt: firstOf(earlier, later) };
}

/** No refreshed token is older than the first one. Where one is, a logout that covers either token covers the session. */
function firstOf(earlier: SessionIdentity, later: SessionIdentity): number {
  return Math.min(earlier.idTokenIssuedAt, Math.floor(later.idTokenIssuedAt));
}

/** The user authenticated before the OP issued the first ID token; `auth_time` may be by the clock of another node. */
function isAuthenticatedAgain(earlier: SessionIdentity, later: SessionIdentity): boolean {
  const first = Math.max(earlier.idTokenIssuedAt, earlier.authenticatedAt ?? 0);
  return later.authenticatedAt !== undefined && later.authenticatedAt > first;
}

/** Whether a session is stored for the very login. */
export function isOfLogin(stored: SessionIdentity, login: SessionIdentity): boolean {
  return (
    stored.issuer === login.issuer &&
    stored.clientId === login.clientId &&
    stored.sub === login.sub &&
    stored.sid === login.sid &&
    stored.idTokenIssuedAt === Math.floor(login.idTokenIssuedAt)
  );
}
