import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { type JsonObject, ownMember } from './json-object.ts';
import { Rejection } from './rejection.ts';

/** Whom a token is for. */
export interface Addressed {
  readonly relyingParties: readonly [RelyingParty, ...RelyingParty[]];
  /** All that `aud` names, ours and trusted ones. */
  readonly audiences: readonly string[];
}

/**
 * Finds the relying parties that a token's `iss`, `aud` and `azp` name (OpenID Connect Core 1.0, section 3.1.3.7, steps
 * 2 to 5).
 *
 * @throws Rejection where it is for none, or also for somebody whom they do not trust
 */
export function addressedRelyingParties(payload: JsonObject, relyingParties: RelyingPartiesIndex): Addressed {
  const iss = ownMember(payload, 'iss');
  const aud = ownMember(payload, 'aud');
  const all = [...new Set<unknown>(Array.isArray(aud) ? aud : [aud])];
  const audiences = all.filter((audience) => typeof audience === 'string');
  const found = typeof iss === 'string' ? relyingParties.find(iss, audiences) : undefined;
  if (!found) {
    throw new Rejection('issuer_unknown');
  }
  const [first, ...others] = found;
  if (!first) {
    throw new Rejection('audience_mismatch');
  }
  const ours = new Set<unknown>(found.map(({ clientId }) => clientId));
  const foreign = all.filter((audience) => !ours.has(audience));
  const isTrusted = (audience: unknown) =>
    [first, ...others].every(({ trustedAudiences }) => trustedAudiences.some((trusted) => trusted === audience));
  if (!foreign.every(isTrusted)) {
    throw new Rejection('audience_untrusted');
  }
  // Step 5: where there is an azp, it is the client's own id.
  const azp = ownMember(payload, 'azp');
  if (azp !== undefined && ![first, ...others].some(({ clientId }) => clientId === azp)) {
    throw new Rejection('azp_mismatch');
  }
  return { relyingParties: [first, ...others], audiences };
}
