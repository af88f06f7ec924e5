import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { Addressed } from './addressed-relying-parties.ts';
import { isObject, type JsonObject, ownMember } from './json-object.ts';
import { Rejection } from './rejection.ts';

/** What a logout token orders. Times are epoch seconds. */
export type LogoutTokenClaims = { readonly jti: string; readonly iat: number; readonly exp: number | undefined } & (
  | { readonly sid: string; readonly sub: string | undefined }
  | { readonly sid: undefined; readonly sub: string }
);

const BACKCHANNEL_LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_IDENTIFIER_LENGTH = 1024;

/**
 * Checks the claims of a token whose signature, issuer and audience are right, in the order of Back-Channel Logout 1.0,
 * section 2.6, steps 4 to 7: rule after rule, each for all relying parties that the token is for. Claims that are not
 * understood are ignored (section 2.4).
 *
 * @param receivedAt epoch seconds: age and expiry are judged at receipt
 * @throws Rejection with the reason of the first rule that does not hold
 */
export function checkedClaims(
  payload: JsonObject,
  addressed: Addressed['relyingParties'],
  receivedAt: number,
): LogoutTokenClaims {
  const iat = requiredIat(payload, addressed, receivedAt);
  const exp = checkedExp(payload, addressed, receivedAt);
  checkNbf(payload, addressed, receivedAt);
  const sub = identifier(payload, 'sub');
  const sid = identifier(payload, 'sid');
  const scope = scopeClaims(sub, sid);
  // Only the event's own member counts: Keycloak adds one that is a boolean.
  const { events } = payload;
  if (!isObject(events) || !isObject(ownMember(events, BACKCHANNEL_LOGOUT_EVENT))) {
    throw new Rejection('events_invalid');
  }
  if (Object.hasOwn(payload, 'nonce')) {
    throw new Rejection('nonce_present');
  }
  const { jti } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_IDENTIFIER_LENGTH) {
    throw new Rejection('jti_invalid');
  }
  return { ...scope, jti, iat, exp };
}

function scopeClaims(sub: string | undefined, sid: string | undefined) {
  if (sid !== undefined) {
    return { sid, sub };
  }
  if (sub !== undefined) {
    return { sid, sub };
  }
  throw new Rejection('scope_missing');
}

function requiredIat(payload: JsonObject, addressed: Addressed['relyingParties'], receivedAt: number): number {
  const iat = numericDate(payload, 'iat');
  if (iat === undefined) {
    throw new Rejection('iat_invalid');
  }
  if (iat - leastTolerance(addressed) > receivedAt) {
    throw new Rejection('iat_in_future');
  }
  const isTooOld = ({ maxTokenAgeSeconds, clockToleranceSeconds }: RelyingParty) =>
    iat + maxTokenAgeSeconds + clockToleranceSeconds <= receivedAt;
  if (addressed.some(isTooOld)) {
    throw new Rejection('token_too_old');
  }
  return iat;
}

function checkedExp(
  payload: JsonObject,
  addressed: Addressed['relyingParties'],
  receivedAt: number,
): number | undefined {
  const exp = numericDate(payload, 'exp');
  // Ory Hydra, older Keycloak and PingAM send no exp: then maxTokenAgeSeconds alone bounds the token's life.
  if (exp === undefined && addressed.some(({ requireExp }) => requireExp)) {
    throw new Rejection('exp_missing');
  }
  if (exp !== undefined && exp + leastTolerance(addressed) <= receivedAt) {
    throw new Rejection('token_expired');
  }
  return exp;
}

function checkNbf(payload: JsonObject, addressed: Addressed['relyingParties'], receivedAt: number): void {
  const nbf = numericDate(payload, 'nbf');
  if (nbf !== undefined && nbf - leastTolerance(addressed) > receivedAt) {
    throw new Rejection('token_not_yet_valid');
  }
}

/** Seconds. Whoever tolerates least of the relying parties decides for all: the token is for each of them. */
function leastTolerance(addressed: Addressed['relyingParties']): number {
  return Math.min(...addressed.map(({ clockToleranceSeconds }) => clockToleranceSeconds));
}

/** A NumericDate (RFC 7519, section 2): epoch seconds, possibly with a fraction. */
function numericDate(payload: JsonObject, name: 'iat' | 'exp' | 'nbf'): number | undefined {
  const value = ownMember(payload, name);
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new Rejection(`${name}_invalid`);
  }
  return value;
}

/** `sid` is any printable ASCII, spaces and quotes included (Back-Channel Logout 1.0, section 2.1): never trimmed or folded. */
function identifier(payload: JsonObject, name: 'sub' | 'sid'): string | undefined {
  const value = ownMember(payload, name);
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string' || value === '' || value.length > MAX_IDENTIFIER_LENGTH) {
    throw new Rejection(`${name}_invalid`);
  }
  return value;
}
