/** What a published key says it is for. */
interface PublishedUse {
  readonly kty: string;
  readonly crv?: string | undefined;
  readonly alg?: string | undefined;
  readonly key_ops?: string[] | undefined;
}

/**
 * Beginnings of the names that IANA has registered for JOSE algorithms, of signatures and of encryption. A key that is
 * published for one of them is good for this one only (RFC 8725, section 3.1).
 */
const REGISTERED =
  /^(HS|RS|PS|ES)\d|^(Ed(DSA|25519|448)|ML-DSA|RSA1_5|RSA-OAEP|ECDH-ES|A(128|192|256)(KW|GCM|GCMKW|CBC)|PBES2|dir|none)\b/;

/** Both name one algorithm where the curve is Ed25519 (RFC 9864, section 2.2). */
const ED25519 = ['EdDSA', 'Ed25519'];

/**
 * Reads what a public key may be used for the way that its owner means it.
 *
 * An `alg` that is the name of no algorithm (`RSA`, `RSA256`, `SHA256withRSA`) binds the key to none: it is treated like a key
 * without, which may verify what its type and curve fit, by an algorithm that the relying party allows.
 */
export function publishedUse<Key extends PublishedUse>({ alg, key_ops, ...key }: Key) {
  const isBound = alg !== undefined && REGISTERED.test(alg) && !(key.crv === 'Ed25519' && ED25519.includes(alg));
  return {
    ...key,
    ...(isBound && { alg }),
    // What one can sign with the private key, others can verify with the public one; it can do no more than that.
    ...(key_ops && { key_ops: key_ops.some((operation) => /^(sign|verify)$/.test(operation)) ? ['verify'] : key_ops }),
  };
}
