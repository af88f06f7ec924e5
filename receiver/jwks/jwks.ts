import * as z from 'zod/mini';
import { publishedUse } from './published-use.ts';

/** Keys read of one document; the rest is cut off, or a long list would cost its readers dear. */
const MAX_KEYS = 100;

const text = z.string();
/** A `kid` only names a key, so that one written as a number names the same. */
const keyId = z.union([text, z.pipe(z.int(), z.transform(String))]);
/** An array by RFC 7517, section 4.3; some write the one operation alone. */
const operations = z.union([
  z.array(text),
  z.pipe(
    text,
    z.transform((operation) => [operation]),
  ),
]);

/** Public members of the key types that asymmetric JWS algorithms use. Private and symmetric members are never kept. */
const PublicJwk = z.pipe(
  z.object({
    kty: z.enum(['RSA', 'EC', 'OKP']),
    kid: z.optional(keyId),
    use: z.optional(text),
    key_ops: z.optional(operations),
    alg: z.optional(text),
    n: z.optional(text),
    e: z.optional(text),
    crv: z.optional(text),
    x: z.optional(text),
    y: z.optional(text),
  }),
  z.transform(publishedUse),
);

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
    const { success, data } = PublicJwk.safeParse(withoutNothing(key));
    if (success) {
      keys.set(JSON.stringify(data), data);
    } else {
      skippedKeys++;
    }
  }
  return { jwks: { keys: [...keys.values()] }, skippedKeys };
}

/**
 * Serializers that know no absent members write null, an empty text or an empty list: for a JWK all mean that it has none.
 * But an empty `kid` is a name, which a token can have too.
 */
function withoutNothing(key: unknown): unknown {
  return typeof key === 'object' && key !== null
    ? Object.fromEntries(
        Object.entries(key).filter(([name, value]) => (name === 'kid' ? value !== null : !isNothing(value))),
      )
    : key;
}

function isNothing(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
