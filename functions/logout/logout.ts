import type { KeySource } from '../jwks/key-source.ts';
import type { RelyingParty } from '../relying-parties/relying-parties.ts';
import type { LogoutScope, SessionStore } from '../sessions/index.ts';
import { type LogoutRequest, logoutTokenIn } from './logout-request.ts';
import { verifyLogoutToken } from './logout-token.ts';
import type { LogoutTokenClaims } from './logout-token-claims.ts';
import { LogoutFailure } from './rejection.ts';

export interface LogoutParts {
  readonly relyingParties: readonly RelyingParty[];
  readonly keys: KeySource;
  /** The store whose markers live as long as the relying party's sessions. */
  readonly storeFor: (relyingParty: RelyingParty) => SessionStore;
}

/** A logout that is done. Holds nothing personal, so that it can be logged. */
export interface CompletedLogout {
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly scope: 'sid' | 'sub';
  readonly jti: string;
  readonly sessionsEnded: number;
}

/**
 * Judges a logout request and ends the sessions in the scope of its token.
 *
 * That no session is there is success (Back-Channel Logout 1.0, section 2.7).
 *
 * @param receivedAt epoch seconds
 * @throws Rejection where the request is invalid; nothing has ended then
 * @throws LogoutFailure where keys or sessions cannot be reached
 */
export async function logout(
  request: LogoutRequest,
  receivedAt: number,
  { relyingParties, keys, storeFor }: LogoutParts,
): Promise<CompletedLogout> {
  const token = logoutTokenIn(request);
  const { claims, relyingParties: addressed } = await verifyLogoutToken(token, receivedAt, relyingParties, keys);
  let sessionsEnded = 0;
  try {
    for (const relyingParty of addressed) {
      const { ended } = await storeFor(relyingParty).endSessions(scopeOf(claims, relyingParty), claims.iat);
      sessionsEnded += ended;
    }
  } catch (error) {
    throw new LogoutFailure('store_unavailable', error);
  }
  return {
    issuer: addressed[0].issuer,
    clientIds: addressed.map(({ clientId }) => clientId),
    scope: claims.sid === undefined ? 'sub' : 'sid',
    jti: claims.jti,
    sessionsEnded,
  };
}

/** A `sid` narrows: with one, other devices of the subject stay signed in, also where the token names a `sub` too. */
function scopeOf(claims: LogoutTokenClaims, { issuer, clientId }: RelyingParty): LogoutScope {
  return claims.sid === undefined ? { issuer, clientId, sub: claims.sub } : { issuer, clientId, sid: claims.sid };
}
