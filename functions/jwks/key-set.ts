import { createHash } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, errors } from 'jose';
import { JwksError } from './jwks-error.ts';
import type { FetchedJwks } from './jwks-fetch.ts';

/** An issuer's keys, ready to be used. Times are epoch seconds. */
export interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly kids: ReadonlySet<string | undefined>;
  /** Hashes of key ids that were looked for when it was fetched, and are not in it. */
  readonly absentKids: ReadonlySet<string>;
  readonly fetched: FetchedJwks;
}

/** Keys of one `kid` that are tried; every try is a signature verification that whoever sends a token makes us do. */
const MAX_CANDIDATES = 4;

export function keySet(fetched: FetchedJwks, absentKids: readonly string[]): KeySet {
  return {
    find: createLocalJWKSet(fetched.jwks),
    kids: new Set(fetched.jwks.keys.map(({ kid }) => kid)),
    absentKids: new Set(absentKids),
    fetched,
  };
}

/** Whoever sends a token chooses its `kid`, and how long it is. */
export function kidHash(kid: string | undefined): string {
  return createHash('sha256')
    .update(kid ?? '')
    .digest('base64url')
    .slice(0, 22);
}

/**
 * The keys that a token can be signed with: those under its `kid` for its algorithm.
 *
 * @param kid where undefined, exactly one of the keys must fit
 * @throws JwksError `key_not_found`, `key_ambiguous` or `key_unusable`
 */
export async function keysIn({ find }: KeySet, alg: string, kid: string | undefined): Promise<readonly CryptoKey[]> {
  try {
    return [await find({ alg, ...(kid !== undefined && { kid }) })];
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) {
      throw new JwksError('key_not_found', 'no published key fits', { cause });
    }
    if (cause instanceof errors.JWKSMultipleMatchingKeys) {
      return await candidates(cause, kid);
    }
    // Whatever else goes wrong here is a published key that cannot be imported.
    throw new JwksError('key_unusable', 'the published key is broken', { cause });
  }
}

async function candidates(found: errors.JWKSMultipleMatchingKeys, kid: string | undefined): Promise<CryptoKey[]> {
  if (kid === undefined) {
    throw new JwksError('key_ambiguous', 'several published keys fit', { cause: found });
  }
  const keys: CryptoKey[] = [];
  for await (const key of found) {
    keys.push(key);
    if (keys.length === MAX_CANDIDATES) {
      return keys;
    }
  }
  // Those that cannot be imported are left out, and may have been all.
  if (keys.length === 0) {
    throw new JwksError('key_unusable', 'the published keys are broken', { cause: found });
  }
  return keys;
}
