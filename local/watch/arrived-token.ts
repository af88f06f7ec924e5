import type { ArrivedToken, JsonObject } from './feed-event.ts';

/** As JSON. With the header and the payload, they leave some of `MOST_EVENT_CHARACTERS` to the rest of the event. */
const MOST_CHARACTERS = 32 * 1024;
/** Of the header and of the payload, as JSON, which may be longer than what was sent: `1e20` has 21 digits. */
const MOST_DECODED_CHARACTERS = 15 * 1024;
/** What is nested deeper is not shown, and what is nested very deep cannot be written as JSON again. */
const MOST_LEVELS = 32;

/** The first parameter of the name, in any percent-encoding of it. To read all parameters of 10 MB would take seconds. */
const PARAMETER = new RegExp(`(?:^\\??|&)(${spellings('logout_token')}(?![^=&])[^&]*)`);

/**
 * Reads a logout token out of a request's body, to be looked at: whatever its content type, and whether or not it decodes.
 * The receiver alone says whether it is good.
 *
 * @returns the first one; undefined where there is none
 */
export function tokenIn(body: Buffer): ArrivedToken | undefined {
  const compact = new URLSearchParams(PARAMETER.exec(body.toString())?.[1]).get('logout_token');
  if (!compact) {
    return undefined;
  }
  const [header, payload, ...rest] = compact.split('.', 6);
  // The five parts of a JWE (RFC 7516, section 7.1), by which the receiver too tells it from a JWS.
  const encrypted = rest.length === 3;
  const shown = beginningOf(compact);
  if (shown !== compact) {
    return { compact: `${shown}...`, encrypted };
  }
  const [decodedHeader, decodedPayload] = [decoded(header), encrypted ? undefined : decoded(payload)];
  return {
    compact,
    ...(decodedHeader && { header: decodedHeader }),
    ...(decodedPayload && { payload: decodedPayload }),
    encrypted,
  };
}

function spellings(name: string): string {
  const spelling = (character: string) => {
    const code = character.charCodeAt(0).toString(16);
    return `(?:${character}|%(?:${code}|${code.toUpperCase()}))`;
  };
  return [...name].map(spelling).join('');
}

/** What is no token may have characters that JSON writes as six. */
function beginningOf(text: string): string {
  let beginning = text.slice(0, MOST_CHARACTERS);
  while (JSON.stringify(beginning).length > MOST_CHARACTERS + '""'.length) {
    beginning = beginning.slice(0, beginning.length / 2);
  }
  return beginning;
}

function decoded(part = ''): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && isShallow(value) && JSON.stringify(value).length <= MOST_DECODED_CHARACTERS
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}
