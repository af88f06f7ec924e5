import { isBase64url, type JsonObject, jsonObjectFrom } from './json-object.ts';
import { Rejection } from './rejection.ts';

/** What a JWS says, before anybody knows whether it is true. */
export interface DecodedJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

/**
 * Decodes a JWS in compact serialization (RFC 7515, section 7.1), the only one that a JWT may have (RFC 7519, section 3).
 *
 * @throws Rejection where it is anything else
 */
export function decodedJws(token: string): DecodedJws {
  const [headerPart = '', payloadPart = '', signaturePart, ...more] = token.split('.');
  const header = jsonObjectFrom(headerPart);
  const payload = jsonObjectFrom(payloadPart);
  if (!header || !payload || signaturePart === undefined || !isBase64url(signaturePart) || more.length > 0) {
    throw new Rejection('token_malformed');
  }
  return { header, payload };
}

/**
 * Decodes the header of a JWE in compact serialization (RFC 7516, section 7.1).
 *
 * @returns undefined where the token has not the five parts of one
 * @throws Rejection where it has, and they are broken
 */
export function jweHeaderOf(token: string): JsonObject | undefined {
  const parts = token.split('.');
  if (parts.length !== 5) {
    return undefined;
  }
  const header = jsonObjectFrom(parts[0] ?? '');
  if (!header || !parts.every(isBase64url)) {
    throw new Rejection('token_malformed');
  }
  return header;
}
