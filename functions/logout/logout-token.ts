import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { type Addressed, addressedRelyingParties } from './addressed-relying-parties.ts';
import { decodedJws } from './compact-serialization.ts';
import { checkedClaims, type LogoutTokenClaims } from './logout-token-claims.ts';
import { Rejection } from './rejection.ts';
import { decryptedToken } from './token-decryption.ts';
import { checkedHeader } from './token-header.ts';
import { type TokenKeys, verifySignature } from './token-signature.ts';

/** A logout token that holds, and whose sessions it ends. */
export interface VerifiedLogoutToken extends Addressed {
  readonly claims: LogoutTokenClaims;
}

/**
 * Verifies a logout token (Back-Channel Logout 1.0, section 2.6).
 *
 * `iss` and `aud` are read before the signature is verified, only to choose among the configured relying parties; nothing
 * else in the token is used for it.
 *
 * @param token JWS in compact serialization, or a JWE around one
 * @param receivedAt epoch seconds
 * @throws Rejection where a rule does not hold
 * @throws LogoutFailure where keys cannot be had now
 */
export async function verifyLogoutToken(
  token: string,
  receivedAt: number,
  relyingParties: readonly RelyingParty[],
  tokenKeys: TokenKeys,
): Promise<VerifiedLogoutToken> {
  const { token: jws, recipients } = await decryptedToken(token, relyingParties, tokenKeys.secrets);
  const { header, payload } = decodedJws(jws);
  const addressed = addressedRelyingParties(payload, relyingParties);
  checkEncryption(addressed.relyingParties, recipients);
  const signatureHeader = checkedHeader(header, addressed.relyingParties);
  const [first, ...others] = addressed.relyingParties;
  const claims = checkedClaims(payload, first, receivedAt);
  for (const relyingParty of others) {
    checkedClaims(payload, relyingParty, receivedAt);
  }
  // Last, although section 2.6 has it first: a request that is refused anyway must not cost the issuer a look at its keys.
  for (const relyingParty of addressed.relyingParties) {
    await verifySignature(jws, signatureHeader, relyingParty, tokenKeys);
  }
  return { claims, ...addressed };
}

/** Section 2.6, step 1: with the keys that were registered for this client, and none else's. */
function checkEncryption(addressed: readonly RelyingParty[], recipients: readonly RelyingParty[] | undefined): void {
  if (recipients && !addressed.every((relyingParty) => recipients.includes(relyingParty))) {
    throw new Rejection('decryption_failed');
  }
  if (!recipients && addressed.some(({ requireEncryption }) => requireEncryption)) {
    throw new Rejection('token_not_encrypted');
  }
}
