import type { RelyingPartiesSource } from '../relying-parties/relying-parties-source.ts';
import type { CompletedLogout } from './completed-logout.ts';
import { type LogoutParts, logout } from './logout.ts';
import { newestRelyingParties } from './newest-relying-parties.ts';
import type { Reason } from './reasons.ts';
import { Rejection } from './rejection.ts';

/** Why a token is refused that is for nobody who is configured. Whom an encrypted one is for stands inside. */
const FOR_NOBODY: readonly Reason[] = [
  'issuer_unknown',
  'audience_mismatch',
  'audience_untrusted',
  'azp_mismatch',
  'token_encrypted',
  'decryption_failed',
];

/**
 * Judges a logout token by the relying parties that are configured now, and ends the sessions in its scope.
 *
 * A token that is for none of those that are known is judged by the newest before it is refused.
 *
 * @param receivedAt epoch seconds, with their fraction
 * @param signal aborts when the time for it is spent; what has ended by then stays ended
 * @throws Rejection where the token is invalid; nothing has ended then
 * @throws LogoutFailure where relying parties, keys or sessions cannot be reached, or the time is spent
 */
export async function logoutAsConfigured(
  token: string,
  receivedAt: number,
  source: RelyingPartiesSource,
  parts: Omit<LogoutParts, 'relyingParties'>,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  const known = await source.known();
  try {
    return await logout(token, receivedAt, { ...parts, relyingParties: known }, signal);
  } catch (error) {
    if (!(error instanceof Rejection && FOR_NOBODY.includes(error.reason))) {
      throw error;
    }
    const newest = await newestRelyingParties(source);
    if (newest === known) {
      throw error;
    }
    return await logout(token, receivedAt, { ...parts, relyingParties: newest }, signal);
  }
}
