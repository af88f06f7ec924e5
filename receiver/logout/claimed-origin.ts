import { isObject, type JsonObject, jsonObjectFrom, ownMember } from './json-object.ts';

/** Members of a token that say where it claims to come from, and how it is signed. Never whom it is about. */
const HEADER_MEMBERS = ['alg', 'enc', 'kid', 'typ'];
const CLAIMS = ['iss', 'aud'];
/** Whoever sends a token chooses how long these are. */
const MAX_CHARACTERS = 200;
const MAX_AUDIENCES = 5;

/**
 * Reads what a token says of its origin, for the log: the commonest reason for a refusal is a value that differs from
 * the configured one by a slash. Nothing of it is verified.
 *
 * @param token JWS or JWE in compact serialization, or anything else
 * @returns what can be read; long values are cut, and those of another type are named by their type
 */
export function claimedOrigin(token: string): Record<string, unknown> {
  const [header = '', payload = '', ...rest] = token.split('.');
  // The payload of a JWE cannot be read; `iss` and `aud` may be replicated in its header (RFC 7519, section 5.3).
  const isJwe = rest.length === 3;
  return {
    ...membersOf(jsonObjectFrom(header), isJwe ? [...HEADER_MEMBERS, ...CLAIMS] : HEADER_MEMBERS),
    ...(isJwe ? {} : membersOf(jsonObjectFrom(payload), CLAIMS)),
  };
}

function membersOf(object: JsonObject | undefined, names: readonly string[]): Record<string, unknown> {
  const present = names.filter((name) => object !== undefined && Object.hasOwn(object, name));
  return Object.fromEntries(present.map((name) => [name, bounded(ownMember(object ?? {}, name))]));
}

function bounded(value: unknown): unknown {
  if (Array.isArray(value)) {
    const more = value.length - MAX_AUDIENCES;
    return [...value.slice(0, MAX_AUDIENCES).map(textOf), ...(more > 0 ? [`(${more} more)`] : [])];
  }
  return textOf(value);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') {
    return isObject(value) ? '(an object)' : `(${value === null ? 'null' : `a ${typeof value}`})`;
  }
  return value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}...` : value;
}
