import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import { isSymmetric } from '../relying-parties/signature-algorithms.ts';
import { type Addressed, addressedRelyingParties } from './addressed-relying-parties.ts';
import { decodedJws } from './compact-serialization.ts';
import { checkedClaims, type LogoutTokenClaims } from './logout-token-claims.ts';
import { Rejection } from './rejection.ts';
import { decryptedToken, requireRecipients } from './token-decryption.ts';
import { checkedHeader } from './token-header.ts';
import { type TokenKeys, verifySignature } from './token-signature.ts';

/** A logout token that holds, and whose sessions it ends. */
export interface VerifiedLogoutToken extends Addressed {
  readonly claims: LogoutTokenClaims;
  /** Whether it is signed with a client secret, so that the relying party itself could have signed it. */
  readonly isSymmetric: boolean;
}

/**
 * Verifies a logout token (Back-Channel Logout 1.0, section 2.6).
 *
 * `iss` and `aud` are read before the signature is verified, only to choose among the configured relying parties; nothing
 * else in the token is used for it.
 *
 * @param token JWS in compact serialization, or a JWE around one
 * @param receivedAt epoch seconds, with their fraction
 * @throws Rejection where a rule does not hold
 * @throws LogoutFailure where keys cannot be had now
 */
export async function verifyLogoutToken(
  token: string,
  receivedAt: number,
  relyingParties: RelyingPartiesIndex,
  tokenKeys: TokenKeys,
): Promise<VerifiedLogoutToken> {
  const decrypted = await decryptedToken(token, relyingParties, tokenKeys.decryptionKeys);
  const { header, payload } = decodedJws(decrypted.token);
  const addressed = addressedRelyingParties(payload, relyingParties);
  if (decrypted.encryption) {
    await requireRecipients(token, decrypted.encryption, addressed.relyingParties, tokenKeys.decryptionKeys);
  } else if (addressed.relyingParties.some(({ requireEncryption }) => requireEncryption)) {
    throw new Rejection('token_not_encrypted');
  }
  const signatureHeader = checkedHeader(header, addressed.relyingParties);
  const claims = checkedClaims(payload, addressed.relyingParties, receivedAt);
  // Last, although section 2.6 has it first: a request that is refused anyway must not cost the issuer a look at its keys.
  for (const relyingParty of addressed.relyingParties) {
    await verifySignature(decrypted.token, signatureHeader, relyingParty, receivedAt, tokenKeys);
  }
  return { claims, ...addressed, isSymmetric: isSymmetric(signatureHeader.alg) };
}
