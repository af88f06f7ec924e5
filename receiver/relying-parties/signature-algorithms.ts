/** Signature algorithms that a logout token may have unless the relying party says otherwise: all are asymmetric. */
export const ASYMMETRIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** Keyed with the client secret (OpenID Connect Core 1.0, section 10.1): only for a relying party that configures one. */
export const SYMMETRIC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;

/** All that can be configured; `none` cannot (Back-Channel Logout 1.0, section 2.6, step 3; RFC 8725, section 3.2). */
export const SIGNATURE_ALGORITHMS = [...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];
export type SymmetricAlgorithm = (typeof SYMMETRIC_ALGORITHMS)[number];

export function isSymmetric(algorithm: SignatureAlgorithm): algorithm is SymmetricAlgorithm {
  return SYMMETRIC_ALGORITHMS.some((symmetric) => symmetric === algorithm);
}
