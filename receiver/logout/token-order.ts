import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { tokenClaimOf } from '../../relying-party/sessions/seen-token.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { LogoutOrder } from './logout-order.ts';
import type { VerifiedLogoutToken } from './logout-token.ts';
import type { LogoutTokenClaims } from './logout-token-claims.ts';

/** Makes of a verified token what it orders, with hashes in place of its `sub` and `sid`. */
export function logoutOrderOf({ claims, relyingParties, audiences, isSymmetric }: VerifiedLogoutToken): LogoutOrder {
  const [{ issuer }] = relyingParties;
  // Who holds a client secret can sign for that client, and must not take a jti away from the issuer's other clients.
  // Sorted: the same token may name them in another order when it is signed anew.
  const signer = isSymmetric ? [issuer, ...relyingParties.map(({ clientId }) => clientId).sort()] : [issuer];
  return {
    issuer,
    scope: claims.sid === undefined ? 'sub' : 'sid',
    jti: claims.jti,
    claim: tokenClaimOf({ issuer, signer, audiences, ...claims }),
    endings: relyingParties.map((relyingParty) => endingOf(claims, relyingParty)),
    refusesReplays: relyingParties.some(({ replay }) => replay === 'refuse'),
  };
}

/** A `sid` narrows: with one, other devices of the subject stay signed in, also where the token names a `sub` too. */
function endingOf(claims: LogoutTokenClaims, relyingParty: RelyingParty): LogoutOrder['endings'][number] {
  const { issuer, clientId, maxSessionLifetimeSeconds, sidAllowanceSeconds, subAllowanceSeconds } = relyingParty;
  const ending = { clientId, maxSessionLifetimeSeconds };
  const subjectOf = (sub: string) => scopePartition({ issuer, clientId, sub });
  return claims.sid === undefined
    ? { ...ending, partition: subjectOf(claims.sub), allowanceSeconds: subAllowanceSeconds }
    : {
        ...ending,
        partition: scopePartition({ issuer, clientId, sid: claims.sid }),
        allowanceSeconds: sidAllowanceSeconds,
        ...(claims.sub !== undefined && { subject: subjectOf(claims.sub) }),
      };
}
