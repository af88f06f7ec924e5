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
 * Checks a time that must still come.
 *
 * @param now epoch seconds
 * @throws RangeError where it is no time in epoch seconds, or has passed
 */
export function requireFuture(name: string, value: number, now: number): void {
  requireEpochSeconds(name, value);
  if (value <= now) {
    throw new RangeError(`${name} must be in the future, found ${value} at ${now}`);
  }
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

/**
 * Writes an object as JSON.
 *
 * @throws TypeError where it is no object, or JSON cannot hold it
 */
export function jsonObject(name: string, value: Record<string, unknown>): string {
  const json = JSON.stringify(value);
  if (!json?.startsWith('{')) {
    throw new TypeError(`${name} must be an object that JSON can hold`);
  }
  return json;
}
