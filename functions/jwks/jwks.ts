import * as z from 'zod/mini';

/** Keys read of one document; the rest is cut off, or a long list would cost its readers dear. */
const MAX_KEYS = 100;

/** Public members of the key types that asymmetric JWS algorithms use. Private and symmetric members are never kept. */
const PublicJwk = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.optional(z.string()),
  use: z.optional(z.string()),
  // A public key can do no more than verify, whatever else its owner does with the private one.
  key_ops: z.optional(
    z.pipe(
      z.array(z.string()),
      z.transform((operations) => operations.filter((operation) => operation === 'verify')),
    ),
  ),
  alg: z.optional(z.string()),
  n: z.optional(z.string()),
  e: z.optional(z.string()),
  crv: z.optional(z.string()),
  x: z.optional(z.string()),
  y: z.optional(z.string()),
});

const JwksDocument = z.object({ keys: z.array(z.unknown()) });

/** The usable public keys of an issuer (RFC 7517, section 5). */
export interface Jwks {
  readonly keys: z.infer<typeof PublicJwk>[];
}

/**
 * Reads a JWKS, key by key: one that is broken or of a type not known does not spoil the others (RFC 7517, section 5),
 * and one that is published twice counts once.
 *
 * @returns the keys, and how many were left out because they cannot be used or are too many
 * @throws z.core.$ZodError where it is no JWKS at all
 */
export function jwksFrom(document: unknown): { readonly jwks: Jwks; readonly skippedKeys: number } {
  const { keys: published } = JwksDocument.parse(document);
  const keys = new Map<string, Jwks['keys'][number]>();
  let skippedKeys = Math.max(0, published.length - MAX_KEYS);
  for (const key of published.slice(0, MAX_KEYS)) {
    const { success, data } = PublicJwk.safeParse(withoutNulls(key));
    if (success) {
      keys.set(JSON.stringify(data), data);
    } else {
      skippedKeys++;
    }
  }
  return { jwks: { keys: [...keys.values()] }, skippedKeys };
}

/** Serializers that know no absent members write null: for a JWK both mean that it has none. */
function withoutNulls(key: unknown): unknown {
  return typeof key === 'object' && key !== null
    ? Object.fromEntries(Object.entries(key).filter(([, value]) => value !== null))
    : key;
}
