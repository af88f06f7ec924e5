import type { RelyingParty } from './relying-party.ts';

/** Fields about keys that are fetched once for all relying parties that share them. */
const SHARED_FIELDS = ['allowPrivateAddresses', 'jwksMaxStaleSeconds'] as const;

/**
 * Finds relying parties that share an issuer or a `jwksUri` and differ on how its keys are had: whoever asks first would
 * decide for the others.
 *
 * @returns the first of them, in the words of an error message
 */
export function disagreementOnKeys(relyingParties: readonly RelyingParty[]): string | undefined {
  const firsts = new Map<string, RelyingParty>();
  for (const [index, party] of relyingParties.entries()) {
    for (const place of [party.issuer, ...(party.jwksUri === undefined ? [] : [party.jwksUri])]) {
      const first = firsts.get(place) ?? party;
      firsts.set(place, first);
      const field = SHARED_FIELDS.find((name) => first[name] !== party[name]);
      if (field) {
        return `relyingParties[${index}].${field}: found ${party[field]}, allowed: ${first[field]}, as for the other relying parties of ${JSON.stringify(place)}`;
      }
    }
  }
  return undefined;
}
