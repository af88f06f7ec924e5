import { decodeJwt } from 'jose';
import type { RelyingPartyIdentity } from '../sessions/item-keys.ts';
import { type DecryptionKeys, decryptedToken } from './token-decryption.ts';

/**
 * Whether the ID token goes to the OP as `id_token_hint`. Where it does not, the OP asks the user whether to sign out
 * (RP-Initiated Logout 1.0, section 2).
 *
 * - `sent`: it does.
 * - `not_given`: there is none.
 * - `not_decrypted`: it is encrypted, and no key opens it.
 * - `malformed`: it is no JWT, or has none inside.
 * - `foreign`: it is of another issuer, or for another client.
 * - `too_long`: with it, the URL would be longer than browsers, proxies and OPs are sure to take.
 */
export type HintOutcome = 'sent' | 'not_given' | 'not_decrypted' | 'malformed' | 'foreign' | 'too_long';

interface Hint {
  readonly outcome: HintOutcome;
  /** Where it is sent. */
  readonly token?: string;
}

/**
 * Makes the hint of an ID token: the signed token, without the encryption around it. OPs know no other (the certification
 * suite too), though section 2 lets them.
 *
 * Its signature is not verified: the relying party did so at the login, and the OP does again. Nor is its expiry, since
 * OPs take expired ones (section 2).
 *
 * @param idToken as the token endpoint gave it
 */
export async function idTokenHint(
  idToken: string | undefined,
  relyingParty: RelyingPartyIdentity,
  keys: DecryptionKeys,
): Promise<Hint> {
  if (!idToken) {
    return { outcome: 'not_given' };
  }
  const isEncrypted = typeof idToken === 'string' && idToken.split('.').length === 5;
  const token = isEncrypted ? await decryptedToken(idToken, keys) : idToken;
  if (token === undefined) {
    return { outcome: 'not_decrypted' };
  }
  const claims = claimsOf(token);
  if (!claims) {
    return { outcome: 'malformed' };
  }
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  const isOwn = claims.iss === relyingParty.issuer && audiences.includes(relyingParty.clientId);
  return isOwn ? { outcome: 'sent', token } : { outcome: 'foreign' };
}

function claimsOf(token: string) {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
