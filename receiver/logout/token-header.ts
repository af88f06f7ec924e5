import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../relying-parties/signature-algorithms.ts';
import { type JsonObject, keyIdIn, ownMember } from './json-object.ts';
import { Rejection } from './rejection.ts';

/** What the header says of the signature. Nothing in it chooses where keys come from: `jku`, `x5u`, `jwk`, `x5c` are ignored. */
export interface SignatureHeader {
  readonly alg: SignatureAlgorithm;
  readonly kid: string | undefined;
}

/**
 * Checks the header of the JWS against what every addressed relying party allows.
 *
 * @throws Rejection with the reason of the first rule that does not hold
 */
export function checkedHeader(header: JsonObject, addressed: readonly RelyingParty[]): SignatureHeader {
  const alg = SIGNATURE_ALGORITHMS.find((algorithm) => algorithm === ownMember(header, 'alg'));
  if (!alg || !addressed.every(({ algorithms }) => algorithms.includes(alg))) {
    throw new Rejection('alg_not_allowed');
  }
  // RFC 7515, section 4.1.11; RFC 7797: no extension is understood, and b64 is none that a JWT may have (section 7).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new Rejection('crit_unsupported');
  }
  const typ = mediaType(ownMember(header, 'typ'));
  // Absent and `JWT` must be taken: section 4.1 warns that most deployments send them. `at+jwt` and its like never.
  const isTypAllowed = addressed.every(
    (party) => typ === 'logout+jwt' || (party.typ === 'optional' && (typ === '' || typ === 'jwt')),
  );
  if (!isTypAllowed) {
    throw new Rejection('typ_not_allowed');
  }
  return { alg, kid: keyIdIn(header) };
}

/** RFC 7515, section 4.1.9: `application/` may be left out, and media types know no case. */
function mediaType(typ: unknown): string | undefined {
  if (typ === undefined) {
    return '';
  }
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') || undefined : undefined;
}
