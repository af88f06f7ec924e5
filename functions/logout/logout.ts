import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { type LogoutScope, SessionStore } from '../sessions/index.ts';
import { claimToken, markTokenDone, type TokenIdentity } from '../sessions/seen-token.ts';
import type { SessionsTable } from '../sessions/sessions-table.ts';
import { type LogoutRequest, logoutTokenIn, type RequestLimits } from './logout-request.ts';
import { type VerifiedLogoutToken, verifyLogoutToken } from './logout-token.ts';
import type { LogoutTokenClaims } from './logout-token-claims.ts';
import { LogoutFailure, Rejection } from './rejection.ts';
import type { TokenKeys } from './token-signature.ts';

export interface LogoutParts extends TokenKeys {
  readonly relyingParties: readonly RelyingParty[];
  readonly limits: RequestLimits;
  readonly sessionsTable: SessionsTable;
}

/** A logout that is done. Holds nothing personal, so that it can be logged. */
export interface CompletedLogout {
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly scope: 'sid' | 'sub';
  readonly jti: string;
  /** Whether the token had been delivered before. */
  readonly isReplay: boolean;
  readonly sessionsEnded: number;
}

/**
 * Judges a logout request and ends the sessions in the scope of its token.
 *
 * That no session is there is success (Back-Channel Logout 1.0, section 2.7).
 *
 * @param receivedAt epoch seconds, with their fraction
 * @throws Rejection where the request is invalid; nothing has ended then
 * @throws LogoutFailure where keys or sessions cannot be reached
 */
export async function logout(request: LogoutRequest, receivedAt: number, parts: LogoutParts): Promise<CompletedLogout> {
  const token = logoutTokenIn(request, parts.limits);
  const verified = await verifyLogoutToken(token, receivedAt, parts.relyingParties, parts);
  try {
    return await endSessions(verified, Math.floor(receivedAt), parts.sessionsTable);
  } catch (error) {
    throw error instanceof Rejection ? error : new LogoutFailure('store_unavailable', error);
  }
}

async function endSessions(
  { claims, relyingParties, audiences, isSymmetric }: VerifiedLogoutToken,
  now: number,
  table: SessionsTable,
): Promise<CompletedLogout> {
  const [{ issuer }] = relyingParties;
  const clientIds = relyingParties.map(({ clientId }) => clientId);
  // Who holds a client secret can sign for that client, and must not take a jti away from the issuer's other clients.
  const signer = isSymmetric ? [issuer, ...clientIds] : [issuer];
  const identity: TokenIdentity = { issuer, signer, audiences, ...claims };
  const refusesReplays = relyingParties.some(({ replay }) => replay === 'refuse');
  const first = await claimToken(table, identity, now);
  if (!first.hasSameScope) {
    throw new Rejection('jti_reused');
  }
  if (first.isDone && refusesReplays) {
    throw new Rejection('token_replayed');
  }
  let sessionsEnded = 0;
  for (const relyingParty of relyingParties) {
    // OPs deliver again with the same jti and new times: what the first delivery did not cover stays.
    const { ended } = await storeFor(relyingParty, table).endSessions(scopeOf(claims, relyingParty), first.iat);
    sessionsEnded += ended;
  }
  if (refusesReplays) {
    await markTokenDone(table, identity, now);
  }
  return {
    issuer,
    clientIds,
    scope: claims.sid === undefined ? 'sub' : 'sid',
    jti: claims.jti,
    isReplay: first.isEarlier,
    sessionsEnded,
  };
}

/** The store whose markers live as long as the relying party's sessions. */
function storeFor({ maxSessionLifetimeSeconds }: RelyingParty, table: SessionsTable): SessionStore {
  return new SessionStore({ ...table, maxSessionLifetimeSeconds });
}

/** A `sid` narrows: with one, other devices of the subject stay signed in, also where the token names a `sub` too. */
function scopeOf(claims: LogoutTokenClaims, { issuer, clientId }: RelyingParty): LogoutScope {
  return claims.sid === undefined ? { issuer, clientId, sub: claims.sub } : { issuer, clientId, sid: claims.sid };
}
