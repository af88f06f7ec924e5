import type { RelyingParty } from './relying-party.ts';

/** Fields about keys that are fetched once for all relying parties that share them. */
const SHARED_FIELDS = ['allowPrivateAddresses', 'jwksMaxStaleSeconds'] as const;

/**
 * Finds relying parties that share an issuer or a `jwksUri` and differ on how its keys are had: whoever asks first would
 * decide for the others. And those of an issuer of which some name a `jwksUri` and some leave it to discovery: most likely
 * both lead to one document, and the issuer would be asked for it twice as often as it may.
 *
 * @returns the first of them, in the words of an error message
 */
export function disagreementOnKeys(relyingParties: readonly RelyingParty[]): string | undefined {
  const firsts = new Map<string, RelyingParty>();
  for (const [index, party] of relyingParties.entries()) {
    for (const place of [party.issuer, ...(party.jwksUri === undefined ? [] : [new URL(party.jwksUri).href])]) {
      const first = firsts.get(place) ?? party;
      firsts.set(place, first);
      const field = SHARED_FIELDS.find((name) => first[name] !== party[name]);
      if (field) {
        return `relyingParties[${index}].${field}: found ${party[field]}, allowed: ${first[field]}, as for the other relying parties of ${JSON.stringify(place)}`;
      }
    }
    const first = firsts.get(party.issuer) ?? party;
    if ((first.jwksUri === undefined) !== (party.jwksUri === undefined)) {
      return `relyingParties[${index}].jwksUri: found ${JSON.stringify(party.jwksUri) ?? 'nothing'}, allowed: for each relying party of ${JSON.stringify(party.issuer)}, or for none; the jwks_uri of its discovery document can be named too`;
    }
  }
  return undefined;
}
