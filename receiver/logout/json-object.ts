import { Rejection } from './rejection.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Decodes a part of a JWS: strict base64url of strict UTF-8 of a JSON object.
 *
 * Strict, so that a token has one spelling: no other alphabet, no stray bits, no replaced bytes.
 *
 * @returns undefined where it is anything else
 */
export function jsonObjectFrom(base64url: string): JsonObject | undefined {
  if (!isBase64url(base64url)) {
    return undefined;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64url, 'base64url'));
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text is base64url without padding, in its one canonical form (RFC 7515, section 2). */
export function isBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that the object has itself: one from the prototype is never a claim. */
export function ownMember(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * The `kid` of a JOSE header.
 *
 * @throws Rejection where it is no string (RFC 7515, section 4.1.4)
 */
export function keyIdIn(header: JsonObject): string | undefined {
  const kid = ownMember(header, 'kid');
  if (kid !== undefined && typeof kid !== 'string') {
    throw new Rejection('token_malformed');
  }
  return kid;
}
