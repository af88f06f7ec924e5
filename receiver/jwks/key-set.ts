import { type CryptoKey, createLocalJWKSet, errors } from 'jose';
import type { KeyProblem } from './jwks-error.ts';
import type { FetchedJwks } from './jwks-fetch.ts';

/** An issuer's keys, ready to be used. */
export interface KeySet {
  /** The same function for the same keys: what did not fit them does not fit them when they have been fetched again. */
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly fetched: FetchedJwks;
}

/** What a token's header says of the key that it is signed with. */
export interface WantedKey {
  readonly alg: string;
  /** Where undefined, exactly one of the issuer's keys must fit. */
  readonly kid?: string | undefined;
}

/** Tries keys on a token. Throws what is wrong with it whatever the keys. */
export type TryKeys = (keys: readonly CryptoKey[]) => Promise<KeyProblem | undefined>;

/** Keys that are tried; every try is a signature verification that whoever sends a token makes us do. */
const MAX_CANDIDATES = 4;

/** @param before what was known, if anything */
export function keySet(fetched: FetchedJwks, before: KeySet | undefined): KeySet {
  const isSame = before && JSON.stringify(before.fetched.jwks) === JSON.stringify(fetched.jwks);
  return { find: isSame ? before.find : createLocalJWKSet(fetched.jwks), fetched };
}

/**
 * Tries those keys of a set on a token that it can be signed with.
 *
 * @returns undefined where one of them verifies it
 */
export async function problemWith(
  set: KeySet,
  { alg, kid }: WantedKey,
  tryKeys: TryKeys,
): Promise<KeyProblem | undefined> {
  const found = await keysIn(set, alg, kid);
  return 'problem' in found ? found.problem : await tryKeys(found.keys);
}

/** Keys to try, or why there are none. */
type FoundKeys = { readonly keys: readonly CryptoKey[] } | { readonly problem: KeyProblem };

/**
 * The keys that a token can be signed with: those under its `kid` for its algorithm.
 *
 * @param kid where undefined, exactly one of the keys must fit
 */
export async function keysIn({ find }: Pick<KeySet, 'find'>, alg: string, kid: string | undefined): Promise<FoundKeys> {
  try {
    return { keys: [await find({ alg, ...(kid !== undefined && { kid }) })] };
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) {
      return { problem: 'key_not_found' };
    }
    if (cause instanceof errors.JWKSMultipleMatchingKeys) {
      return kid === undefined ? { problem: 'key_ambiguous' } : await candidates(cause);
    }
    // Whatever else goes wrong here is a published key that cannot be imported.
    return { problem: 'key_unusable' };
  }
}

async function candidates(found: errors.JWKSMultipleMatchingKeys): Promise<FoundKeys> {
  const keys: CryptoKey[] = [];
  for await (const key of found) {
    keys.push(key);
    if (keys.length === MAX_CANDIDATES) {
      break;
    }
  }
  // Those that cannot be imported are left out, and may have been all.
  return keys.length === 0 ? { problem: 'key_unusable' } : { keys };
}
