import * as z from 'zod/mini';

/** RSA1_5 is deprecated (RFC 8725, section 3.2), PBES2 lets a sender choose our costs, `dir` and AES key wrap share a key. */
export const KEY_MANAGEMENT_ALGORITHMS = ['RSA-OAEP-256', 'ECDH-ES'] as const;

/** `alg` is required: a key is used with the one algorithm that it is for (RFC 8725, section 3.1). */
const DecryptionKeys = z.object({
  keys: z.array(
    z.looseObject({
      kty: z.enum(['RSA', 'EC', 'OKP']),
      alg: z.enum(KEY_MANAGEMENT_ALGORITHMS),
      kid: z.optional(z.string()),
      d: z.string(),
    }),
  ),
});

/** A private key in JWK form. */
export type DecryptionKey = z.infer<typeof DecryptionKeys>['keys'][number];

/**
 * Reads the secret that holds a relying party's decryption keys.
 *
 * @throws Error where it is no JWK Set of private keys, with nothing of the secret in the message
 */
export function decryptionKeysFrom(secret: string): readonly DecryptionKey[] {
  const { success, data } = DecryptionKeys.safeParse(jsonFrom(secret));
  if (!success) {
    throw new Error(`the secret is no JWK Set of private keys with alg ${KEY_MANAGEMENT_ALGORITHMS.join(' or ')}`);
  }
  return data.keys;
}

/** @returns undefined where it is no JSON: the parser's own error would quote the text */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
