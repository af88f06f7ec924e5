import * as z from 'zod/mini';

const MAX_KEYS = 100;

/** Public members of the key types that asymmetric JWS algorithms use. Private and symmetric members are never kept. */
const PublicJwk = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.optional(z.string()),
  use: z.optional(z.string()),
  key_ops: z.optional(z.array(z.string())),
  alg: z.optional(z.string()),
  n: z.optional(z.string()),
  e: z.optional(z.string()),
  crv: z.optional(z.string()),
  x: z.optional(z.string()),
  y: z.optional(z.string()),
});

const JwksDocument = z.object({ keys: z.array(z.unknown()).check(z.maxLength(MAX_KEYS)) });

/** The usable public keys of an issuer (RFC 7517, section 5). */
export interface Jwks {
  readonly keys: z.infer<typeof PublicJwk>[];
}

/**
 * Reads a JWKS, key by key: one that is broken or of a type not known does not spoil the others (RFC 7517, section 5).
 *
 * @throws z.core.$ZodError where it is no JWKS at all, or one of more than 100 keys
 */
export function jwksFrom(document: unknown): Jwks {
  const keys = JwksDocument.parse(document).keys.flatMap((key) => {
    const parsed = PublicJwk.safeParse(key);
    return parsed.success ? [parsed.data] : [];
  });
  return { keys };
}
