import type { RelyingPartyIdentity } from './item-keys.ts';

/** 1e11 seconds is the year 5138; the milliseconds of any date since 1973 are more. */
const EARLIEST_LIKELY_MILLISECONDS = 1e11;

/**
 * Checks a time.
 *
 * @throws RangeError where it is no time in epoch seconds
 */
export function requireEpochSeconds(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`${name} must be epoch seconds, found ${value}`);
  }
  if (value >= EARLIEST_LIKELY_MILLISECONDS) {
    throw new RangeError(`${name} must be epoch seconds, found ${value}, which looks like milliseconds`);
  }
}

/**
 * How far ahead of this machine's clock the OP's may be, in seconds. One limit for logins and logouts: as much as a
 * relying party's `clockToleranceSeconds` can be in the receiver.
 */
export const MAX_CLOCK_TOLERANCE_SECONDS = 300;

/**
 * Checks the `iat` of an ID token, and cuts its fraction off: a login counts as made at the start of its second, so
 * that a logout whose time has none covers it.
 *
 * @param now epoch seconds
 * @returns whole epoch seconds
 * @throws RangeError where it is no time in epoch seconds, or one further ahead than the tolerance: it would escape logouts until then
 */
export function requireIssuedAt(idTokenIssuedAt: number, now: number): number {
  requireEpochSeconds('idTokenIssuedAt', idTokenIssuedAt);
  if (idTokenIssuedAt > now + MAX_CLOCK_TOLERANCE_SECONDS) {
    throw new RangeError(`idTokenIssuedAt must not be in the future, found ${idTokenIssuedAt} at ${now}`);
  }
  return Math.floor(idTokenIssuedAt);
}

/**
 * Checks the time of a logout.
 *
 * @param now epoch seconds
 * @throws RangeError where it is no time in epoch seconds, or one further ahead than the tolerance: it would keep all logins out until then
 */
export function requireNotBefore(notBefore: number, now: number): void {
  requireEpochSeconds('notBefore', notBefore);
  if (notBefore > now + MAX_CLOCK_TOLERANCE_SECONDS) {
    throw new RangeError(`notBefore must not be in the future, found ${notBefore} at ${now}`);
  }
}

/**
 * Checks a time that must still come, and cuts its fraction off.
 *
 * @param now epoch seconds
 * @returns whole epoch seconds, which is what DynamoDB's time to live takes
 * @throws RangeError where it is no time in epoch seconds, or has passed
 */
export function requireFuture(name: string, value: number, now: number): number {
  requireEpochSeconds(name, value);
  if (value < now + 1) {
    throw new RangeError(`${name} must be in the future, found ${value} at ${now}`);
  }
  return Math.floor(value);
}

/**
 * Checks numbers of things or of seconds.
 *
 * @throws RangeError where one is not a whole number in the range
 */
export function requireWhole(numbers: Record<string, number>, min: number, max = Number.MAX_SAFE_INTEGER): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new RangeError(`${name} must be a whole number ${range}, found ${value}`);
    }
  }
}

/**
 * Checks an option that must be given: JavaScript programs have no compiler that asks for it. The message never holds
 * the value.
 *
 * @throws TypeError which names the option and what it must be
 */
export function requireOption(name: string, isGiven: boolean, expected: string): void {
  if (!isGiven) {
    throw new TypeError(`${name} must be ${expected}`);
  }
}

/**
 * Checks the relying party of an option, a member at a time: with one missing, no session would be its own.
 *
 * @throws TypeError which names what is missing
 */
export function requireRelyingParty(relyingParty: RelyingPartyIdentity): void {
  requireOption('relyingParty', typeof relyingParty === 'object' && relyingParty !== null, 'an issuer and a clientId');
  requireText({ 'relyingParty.issuer': relyingParty.issuer, 'relyingParty.clientId': relyingParty.clientId });
}

/**
 * Checks the strings of an identity. The message never holds the value.
 *
 * @throws TypeError where one is not a non-empty string
 */
export function requireText(strings: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(strings)) {
    if (typeof value !== 'string' || value === '') {
      throw new TypeError(`${name} must be a non-empty string`);
    }
  }
}

/** DynamoDB's limit for an item is 400 KB; the other attributes of a session need less than the rest. */
const MAX_JSON_BYTES = 390 * 1024;

/**
 * Writes an object as JSON.
 *
 * @throws TypeError where it is no object, or JSON cannot hold it
 * @throws RangeError where it is too long for an item
 */
export function jsonObject(name: string, value: Record<string, unknown>): string {
  const json = JSON.stringify(value);
  if (!json?.startsWith('{')) {
    throw new TypeError(`${name} must be an object that JSON can hold`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_JSON_BYTES) {
    throw new RangeError(`${name} must be at most ${MAX_JSON_BYTES} bytes as JSON, found ${bytes}`);
  }
  return json;
}
