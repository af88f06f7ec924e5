import type { ArrivedToken, JsonObject } from './feed-event.ts';

/** Of a body: the receiver takes less, unless it is told otherwise. */
const MOST_BODY_BYTES = 64 * 1024;
const MOST_CHARACTERS = 32 * 1024;

/**
 * Reads a logout token out of a request's body, to be looked at: whatever its content type, and whether or not it decodes.
 * The receiver alone says whether it is good.
 *
 * @returns the first one; undefined where there is none
 */
export function tokenIn(body: Buffer): ArrivedToken | undefined {
  const compact = new URLSearchParams(body.subarray(0, MOST_BODY_BYTES).toString()).get('logout_token');
  if (!compact) {
    return undefined;
  }
  const parts = compact.split('.');
  // The parts of a JWE (RFC 7516, section 7.1), by which the receiver too tells it from a JWS.
  const encrypted = parts.length === 5;
  if (compact.length > MOST_CHARACTERS) {
    return { compact: `${compact.slice(0, MOST_CHARACTERS)}...`, encrypted };
  }
  const header = decoded(parts[0]);
  const payload = encrypted ? undefined : decoded(parts[1]);
  return { compact, ...(header && { header }), ...(payload && { payload }), encrypted };
}

function decoded(part = ''): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    // What is nested too deep cannot be written again.
    JSON.stringify(value);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
