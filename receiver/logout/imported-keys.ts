import { type CryptoKey, importJWK } from 'jose';
import * as z from 'zod/mini';
import { SecretError } from '../secrets/secret-error.ts';

/** RSA1_5 is deprecated (RFC 8725, section 3.2), PBES2 lets a sender choose our costs, `dir` and AES key wrap share a key. */
export const KEY_MANAGEMENT_ALGORITHMS = ['RSA-OAEP-256', 'ECDH-ES'] as const;

/** A private key that the OP encrypts tokens to. */
export interface DecryptionKey {
  /** Required: a key is used with the one algorithm that it is for (RFC 8725, section 3.1). */
  readonly alg: (typeof KEY_MANAGEMENT_ALGORITHMS)[number];
  readonly kid: string | undefined;
  readonly key: CryptoKey;
}

const PrivateJwk = z.looseObject({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  alg: z.enum(KEY_MANAGEMENT_ALGORITHMS),
  use: z.optional(z.literal('enc')),
  kid: z.optional(z.string()),
  d: z.string(),
});
const PrivateJwks = z.object({ keys: z.array(PrivateJwk).check(z.minLength(1)) });

/**
 * Imports the keys that a secret holds. One that cannot be used makes all unusable: whoever encrypts to it would be told
 * that the token is at fault.
 *
 * @throws SecretError where the secret is no JWK Set of usable keys; nothing of it is in the message
 */
export async function importedKeys(secretId: string, secret: string): Promise<readonly DecryptionKey[]> {
  try {
    return await Promise.all(PrivateJwks.parse(JSON.parse(secret)).keys.map(importedKey));
  } catch {
    // Without a cause: the JSON parser's own error quotes the secret.
    throw new SecretError(
      `the secret ${secretId} is no JWK Set of private keys for ${KEY_MANAGEMENT_ALGORITHMS.join(' or ')}`,
    );
  }
}

async function importedKey(jwk: z.infer<typeof PrivateJwk>): Promise<DecryptionKey> {
  // It throws where alg is not one of the key's type. Without key_ops, in which some say that the key unwraps keys, and
  // others that it decrypts.
  const key = await importJWK({ ...jwk, key_ops: undefined }, jwk.alg);
  if (key instanceof Uint8Array || isShortRsa(key)) {
    throw new TypeError(`the key is not for ${jwk.alg}`);
  }
  return { alg: jwk.alg, kid: jwk.kid, key };
}

/** RFC 7518, section 4.3: an RSA key has 2048 bits or more. */
function isShortRsa({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < 2048;
}
