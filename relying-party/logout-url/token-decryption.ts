import type { JsonWebKey, KeyObject, webcrypto } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { requireOption, requireText } from '../sessions/input-checks.ts';
import { keyOfClientSecret, SYMMETRIC_ALGORITHMS } from './client-secret-key.ts';

/** The private key that ID tokens are encrypted to. */
export type DecryptionKey = JsonWebKey | KeyObject | webcrypto.CryptoKey;

/** What the header of an encrypted ID token says of the key. */
export interface EncryptionHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/** Finds the private key, undefined where there is none. */
export type FindDecryptionKey = (
  header: EncryptionHeader,
) => DecryptionKey | undefined | Promise<DecryptionKey | undefined>;

/** What opens the ID tokens of a client. */
export interface DecryptionKeys {
  /**
   * The private key that the OP encrypts ID tokens to, or a function that finds it by the token's header.
   * @default - none
   */
  readonly decryptionKey?: DecryptionKey | FindDecryptionKey;
  /**
   * For ID tokens that the OP encrypts with it: `dir` and AES key wrapping (OpenID Connect Core 1.0, section 10.2).
   * @default - none
   */
  readonly clientSecret?: string;
}

/** RSA1_5 is deprecated (RFC 8725, section 3.2). */
const ASYMMETRIC_ALGORITHMS = [
  ...['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'],
  ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
];

/** @throws TypeError where one is given that cannot open anything */
export function requireDecryptionKeys({ decryptionKey, clientSecret }: DecryptionKeys): void {
  if (decryptionKey !== undefined) {
    const isKey = (typeof decryptionKey === 'object' && decryptionKey !== null) || typeof decryptionKey === 'function';
    requireOption('decryptionKey', isKey, 'a JWK, KeyObject, CryptoKey or function');
  }
  if (clientSecret !== undefined) {
    requireText({ clientSecret });
  }
}

/**
 * Opens an encrypted ID token: a JWE around a JWS (RFC 7519, section 5.2).
 *
 * @returns undefined where it cannot be opened, for want of a key or otherwise
 */
export async function decryptedToken(token: string, keys: DecryptionKeys): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(
      token,
      async ({ alg = '', enc = '', kid }) => await keyFor(alg, enc, kid, keys),
      {
        keyManagementAlgorithms: [...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS],
      },
    );
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
  } catch {
    return undefined;
  }
}

async function keyFor(
  alg: string,
  enc: string,
  kid: string | undefined,
  { decryptionKey, clientSecret }: DecryptionKeys,
) {
  if (SYMMETRIC_ALGORITHMS.includes(alg)) {
    return required(clientSecret === undefined ? undefined : keyOfClientSecret(clientSecret, alg, enc));
  }
  const key = required(typeof decryptionKey === 'function' ? await decryptionKey({ alg, kid }) : decryptionKey);
  // A copy, since jose freezes the object; and without key_ops, in which some say that the key unwraps keys, and others
  // that it decrypts.
  return 'kty' in key ? { ...key, key_ops: undefined } : key;
}

function required<Key>(key: Key | undefined): Key {
  if (key === undefined) {
    throw new TypeError('there is no key for the token');
  }
  return key;
}
