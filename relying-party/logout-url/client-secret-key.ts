import { createHash } from 'node:crypto';

/** Bytes of the symmetric key that an algorithm takes (RFC 7518, sections 4 and 5). */
const KEY_BYTES: Readonly<Record<string, number>> = {
  A128KW: 16,
  A192KW: 24,
  A256KW: 32,
  A128GCMKW: 16,
  A192GCMKW: 24,
  A256GCMKW: 32,
  A128GCM: 16,
  A192GCM: 24,
  A256GCM: 32,
  'A128CBC-HS256': 32,
  'A192CBC-HS384': 48,
  'A256CBC-HS512': 64,
};

/** Key management with a key that the OP derives from the client secret. */
export const SYMMETRIC_ALGORITHMS = ['dir', ...Object.keys(KEY_BYTES).filter((alg) => alg.endsWith('KW'))];

/**
 * Derives the key with which an OP encrypts to a client secret: the left-most bytes of its SHA-2 hash (OpenID Connect
 * Core 1.0, section 10.2).
 *
 * @param enc for `dir`, the content is encrypted with the key itself
 * @returns undefined where the algorithm is not known
 */
export function keyOfClientSecret(clientSecret: string, alg: string, enc: string): Uint8Array | undefined {
  const bytes = KEY_BYTES[alg === 'dir' ? enc : alg];
  if (bytes === undefined) {
    return undefined;
  }
  const hash = bytes <= 32 ? 'sha256' : bytes <= 48 ? 'sha384' : 'sha512';
  return createHash(hash).update(clientSecret, 'utf8').digest().subarray(0, bytes);
}
