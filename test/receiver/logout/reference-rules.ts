import { BACKCHANNEL_LOGOUT, type Claims } from '../../logout-token.ts';

const isText = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= 1024;
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/**
 * Whether claims keep every rule of the compatible profile, for the clients `shop` and `forum`: written a second time and
 * in another way than in the judge, so that a mistake would have to be made twice.
 *
 * @param claims as JSON has them: without undefined
 * @param now epoch seconds
 */
export function keepsEveryRule(claims: Claims, issuer: string, now: number): boolean {
  const { iss, aud, azp, iat, exp, nbf, jti, events, sub, sid } = claims;
  const audience = listOf(aud);
  const rules = [
    iss === issuer,
    audience.length > 0 && audience.every((client) => client === 'shop' || client === 'forum'),
    azp === undefined || audience.includes(azp),
    isNumber(iat) && Number(iat) <= now + 60 && Number(iat) > now - 3660,
    exp === undefined || (isNumber(exp) && Number(exp) > now - 60),
    nbf === undefined || (isNumber(nbf) && Number(nbf) <= now + 60),
    isText(jti),
    isObject(events) && Object.entries(events).some(([name, value]) => name === BACKCHANNEL_LOGOUT && isObject(value)),
    !('nonce' in claims),
    sub === undefined || isText(sub),
    sid === undefined || isText(sid),
    sub !== undefined || sid !== undefined,
  ];
  return rules.every(Boolean);
}
