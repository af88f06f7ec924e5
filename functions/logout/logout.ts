import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { LogoutScope } from '../sessions/index.ts';
import { scopePartition } from '../sessions/item-keys.ts';
import { endScope } from '../sessions/scope-ending.ts';
import { claimToken, markTokenDone, type TokenIdentity } from '../sessions/seen-token.ts';
import type { SessionsTable } from '../sessions/sessions-table.ts';
import { type VerifiedLogoutToken, verifyLogoutToken } from './logout-token.ts';
import type { LogoutTokenClaims } from './logout-token-claims.ts';
import { LogoutFailure, Rejection } from './rejection.ts';
import type { TokenKeys } from './token-signature.ts';

export interface LogoutParts extends TokenKeys {
  readonly relyingParties: readonly RelyingParty[];
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
  /** Sessions of the token's `sid` that had another `sub` than the token. */
  readonly sessionsOfAnotherSub: number;
}

/**
 * Judges a logout token and ends the sessions in its scope.
 *
 * That no session is there is success (Back-Channel Logout 1.0, section 2.7).
 *
 * @param receivedAt epoch seconds, with their fraction: the token is judged as of then, also when it is carried out later
 * @param signal aborts when the time for it is spent; what has ended by then stays ended
 * @throws Rejection where the token is invalid; nothing has ended then
 * @throws LogoutFailure where keys or sessions cannot be reached, or the time is spent
 */
export async function logout(
  token: string,
  receivedAt: number,
  parts: LogoutParts,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  const work = judgeAndEnd(token, receivedAt, parts, signal);
  // Whoever waits for the answer hears that it is late; what is under way ends by itself, and may fail unheard.
  work.catch(() => undefined);
  const spent = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new LogoutFailure('time_budget_spent', signal.reason));
    signal.addEventListener('abort', fail, { once: true });
    work.finally(() => signal.removeEventListener('abort', fail)).catch(() => undefined);
  });
  return await Promise.race([work, spent]);
}

async function judgeAndEnd(
  token: string,
  receivedAt: number,
  parts: LogoutParts,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  const verified = await verifyLogoutToken(token, receivedAt, parts.relyingParties, parts);
  try {
    return await endSessions(verified, parts.sessionsTable, signal);
  } catch (error) {
    throw error instanceof Rejection ? error : new LogoutFailure('store_unavailable', error);
  }
}

async function endSessions(
  { claims, relyingParties, audiences, isSymmetric }: VerifiedLogoutToken,
  table: SessionsTable,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  const now = Math.floor(Date.now() / 1000);
  const [{ issuer }] = relyingParties;
  const clientIds = relyingParties.map(({ clientId }) => clientId);
  // Who holds a client secret can sign for that client, and must not take a jti away from the issuer's other clients.
  const signer = isSymmetric ? [issuer, ...clientIds] : [issuer];
  const endings = relyingParties.map((relyingParty) => ({
    partition: scopePartition(scopeOf(claims, relyingParty)),
    maxSessionLifetimeSeconds: relyingParty.maxSessionLifetimeSeconds,
  }));
  const identity: TokenIdentity = { issuer, signer, audiences, ...claims, endings };
  const refusesReplays = relyingParties.some(({ replay }) => replay === 'refuse');
  const first = await claimToken(table, identity, now);
  if (!first.hasSameScope) {
    throw new Rejection('jti_reused');
  }
  if (first.isDone && refusesReplays) {
    throw new Rejection('token_replayed');
  }
  const subs: string[] = [];
  for (const ending of endings) {
    // OPs deliver again with the same jti and new times: what the first delivery did not cover stays.
    subs.push(...(await endScope(table, ending, first.iat, now, signal)));
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
    sessionsEnded: subs.length,
    // The order is about the sid all the same: subs are pairwise or tenant-qualified at some OPs, and of WSO2 Identity
    // Server's tokens the sub is that of another client.
    sessionsOfAnotherSub: claims.sub === undefined ? 0 : subs.filter((sub) => sub !== claims.sub).length,
  };
}

/** A `sid` narrows: with one, other devices of the subject stay signed in, also where the token names a `sub` too. */
function scopeOf(claims: LogoutTokenClaims, { issuer, clientId }: RelyingParty): LogoutScope {
  return claims.sid === undefined ? { issuer, clientId, sub: claims.sub } : { issuer, clientId, sid: claims.sid };
}
