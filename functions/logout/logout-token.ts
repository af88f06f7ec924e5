import { type CryptoKey, compactVerify, errors } from 'jose';
import { JwksError } from '../jwks/jwks-error.ts';
import type { KeySource } from '../jwks/key-source.ts';
import { type RelyingParty, SIGNATURE_ALGORITHMS } from '../relying-parties/relying-parties.ts';
import { isBase64url, type JsonObject, jsonObjectFrom, ownMember } from './json-object.ts';
import { checkedClaims, type LogoutTokenClaims } from './logout-token-claims.ts';
import { LogoutFailure, type Reason, Rejection } from './rejection.ts';

type RelyingPartyList = readonly [RelyingParty, ...RelyingParty[]];

/** A logout token that holds, and the relying parties whose sessions it ends. */
export interface VerifiedLogoutToken {
  readonly claims: LogoutTokenClaims;
  readonly relyingParties: RelyingPartyList;
}

/**
 * Verifies a logout token (Back-Channel Logout 1.0, section 2.6).
 *
 * `iss` and `aud` are read before the signature is verified, only to choose among the configured relying parties; nothing
 * else in the token is used for it, and no header chooses a key's address (`jku`, `x5u`, `jwk` and `x5c` are ignored).
 *
 * @param token JWS in compact serialization
 * @param receivedAt epoch seconds
 * @throws Rejection where a rule does not hold
 * @throws LogoutFailure where the issuer's keys cannot be had now
 */
export async function verifyLogoutToken(
  token: string,
  receivedAt: number,
  relyingParties: readonly RelyingParty[],
  keys: KeySource,
): Promise<VerifiedLogoutToken> {
  const { header, payload } = decoded(token);
  const addressed = addressedRelyingParties(payload, relyingParties);
  const { alg, kid } = checkedHeader(header, addressed);
  const [first, ...others] = addressed;
  const claims = checkedClaims(payload, first, receivedAt);
  for (const relyingParty of others) {
    checkedClaims(payload, relyingParty, receivedAt);
  }
  // Last, although section 2.6 has it first: a request that is refused anyway must not cost the issuer a look at its keys.
  for (const relyingParty of addressed) {
    await verifySignature(token, alg, await publishedKeys(keys, relyingParty, alg, kid));
  }
  return { claims, relyingParties: addressed };
}

function decoded(token: string): { header: JsonObject; payload: JsonObject } {
  const parts = token.split('.');
  if (parts.length === 5) {
    throw new Rejection('token_encrypted');
  }
  const [headerPart = '', payloadPart = '', signaturePart = ''] = parts;
  const header = jsonObjectFrom(headerPart);
  const payload = jsonObjectFrom(payloadPart);
  if (parts.length !== 3 || !header || !payload || !isBase64url(signaturePart)) {
    throw new Rejection('token_malformed');
  }
  return { header, payload };
}

/** OpenID Connect Core 1.0, section 3.1.3.7, steps 2 to 5. */
function addressedRelyingParties(payload: JsonObject, relyingParties: readonly RelyingParty[]): RelyingPartyList {
  const iss = ownMember(payload, 'iss');
  const clients = relyingParties.filter(({ issuer }) => issuer === iss);
  if (clients.length === 0) {
    throw new Rejection('issuer_unknown');
  }
  const aud = ownMember(payload, 'aud');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  const [first, ...others] = clients.filter(({ clientId }) => audiences.includes(clientId));
  if (!first) {
    throw new Rejection('audience_mismatch');
  }
  if (!audiences.every((audience) => clients.some(({ clientId }) => clientId === audience))) {
    throw new Rejection('audience_untrusted');
  }
  const azp = ownMember(payload, 'azp');
  if (azp !== undefined && !audiences.includes(azp)) {
    throw new Rejection('azp_mismatch');
  }
  return [first, ...others];
}

function checkedHeader(header: JsonObject, addressed: readonly RelyingParty[]) {
  const alg = SIGNATURE_ALGORITHMS.find((algorithm) => algorithm === ownMember(header, 'alg'));
  if (!alg || !addressed.every(({ algorithms }) => algorithms.includes(alg))) {
    throw new Rejection('alg_not_allowed');
  }
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new Rejection('crit_unsupported');
  }
  const typ = mediaType(ownMember(header, 'typ'));
  // Absent and `JWT` must be taken: section 4.1 warns that most deployments send them. `at+jwt` and its like never.
  const isTypAllowed = addressed.every(
    (party) => typ === 'logout+jwt' || (!party.typ && (typ === '' || typ === 'jwt')),
  );
  if (!isTypAllowed) {
    throw new Rejection('typ_not_allowed');
  }
  const kid = ownMember(header, 'kid');
  if (kid !== undefined && typeof kid !== 'string') {
    throw new Rejection('token_malformed');
  }
  return { alg, kid };
}

/** RFC 7515, section 4.1.9: `application/` may be left out, and media types know no case. */
function mediaType(typ: unknown): string | undefined {
  if (typ === undefined) {
    return '';
  }
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') || undefined : undefined;
}

async function publishedKeys(
  keys: KeySource,
  relyingParty: RelyingParty,
  alg: string,
  kid: string | undefined,
): Promise<readonly CryptoKey[]> {
  try {
    return await keys.keysFor(relyingParty, alg, kid);
  } catch (error) {
    if (error instanceof JwksError) {
      throw error.code === 'jwks_unavailable' ? new LogoutFailure(error.code, error) : new Rejection(error.code);
    }
    throw error;
  }
}

/** @throws Rejection where none of the keys verifies it */
async function verifySignature(token: string, alg: string, keys: readonly CryptoKey[]): Promise<void> {
  let reason: Reason = 'key_unusable';
  for (const key of keys) {
    try {
      await compactVerify(token, key, { algorithms: [alg] });
      return;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        reason = 'signature_invalid';
      } else if (error instanceof errors.JWSInvalid) {
        reason = 'token_malformed';
      } else if (!(error instanceof TypeError)) {
        // jose throws a TypeError for an RSA key of fewer than 2048 bits (RFC 7518, section 3.3).
        throw error;
      }
    }
  }
  throw new Rejection(reason);
}
