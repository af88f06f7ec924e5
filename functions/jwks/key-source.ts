import { setTimeout } from 'node:timers/promises';
import { type CryptoKey, createLocalJWKSet, errors } from 'jose';
import type { FetchedJwks, JwksCacheTable } from './jwks-cache-table.ts';
import { partitionOf, readJwks, writeJwks } from './jwks-cache-table.ts';
import { JwksError } from './jwks-error.ts';
import { fetchJwks, type JwksLocation } from './jwks-fetch.ts';

interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly fetchedAt: number;
}

/** Keys younger than this are used without a look at the issuer. */
const FRESH_SECONDS = 600;
/** A `kid` that is not among the keys makes us look again, unless they are younger than this. */
const UNKNOWN_KID_COOLDOWN_SECONDS = 30;
/** After a fetch that failed, this instance leaves the issuer alone for so long. */
const FAILURE_COOLDOWN_SECONDS = 5;
/** While the issuer cannot be reached, its keys are used up to this age. */
const MAX_STALE_SECONDS = 86_400;

/** How far the clocks of two function instances may differ. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** While a usable key is at hand, a logout waits no longer than this for a fresh one: some OPs hang up after 2.5 s. */
const PATIENCE_MILLISECONDS = 500;
/** Keys of one `kid` that are tried; every try is a signature verification that whoever sends a token makes us do. */
const MAX_CANDIDATES = 4;

/** Gets issuers' keys from this instance's memory, else from the JWKS cache table, else from the issuer. */
export class KeySource {
  readonly #table: JwksCacheTable;
  readonly #onCacheError: (error: unknown) => void;
  readonly #sets = new Map<string, KeySet>();
  readonly #fetches = new Map<string, Promise<KeySet>>();
  readonly #failedAt = new Map<string, number>();

  /** @param onCacheError told of errors of the cache table, which are no reason to fail: the issuer is still there */
  constructor(table: JwksCacheTable, onCacheError: (error: unknown) => void) {
    this.#table = table;
    this.#onCacheError = onCacheError;
  }

  /**
   * Finds the keys that a token can be signed with: those that the issuer publishes under its `kid` for its algorithm.
   * There is one, unless the issuer uses a `kid` twice.
   *
   * @param kid where undefined, exactly one of the keys must fit
   * @throws JwksError
   */
  async keysFor(location: JwksLocation, alg: string, kid: string | undefined): Promise<readonly CryptoKey[]> {
    const set = await this.#current(location);
    try {
      return await keysIn(set, alg, kid);
    } catch (error) {
      const isUnknown = error instanceof JwksError && error.code === 'key_not_found';
      if (!isUnknown || isYounger(set, UNKNOWN_KID_COOLDOWN_SECONDS)) {
        throw error;
      }
    }
    const known = await this.#known(location, UNKNOWN_KID_COOLDOWN_SECONDS);
    const isNewer = known && (isYounger(known, UNKNOWN_KID_COOLDOWN_SECONDS) || known.fetchedAt > set.fetchedAt);
    return await keysIn(isNewer ? known : await this.#fetched(location), alg, kid);
  }

  /** The keys to use now: fresh ones, or where the issuer fails or dawdles, the newest that are not too old. */
  async #current(location: JwksLocation): Promise<KeySet> {
    const known = await this.#known(location, FRESH_SECONDS);
    if (known && isYounger(known, FRESH_SECONDS)) {
      return known;
    }
    const fetching = this.#fetched(location);
    if (!known || !isYounger(known, MAX_STALE_SECONDS)) {
      return await fetching;
    }
    const impatience = setTimeout(PATIENCE_MILLISECONDS, undefined, { ref: false });
    return (await Promise.race([fetching.catch(() => undefined), impatience])) ?? known;
  }

  /** The keys in memory if they are young enough, else the newer of those in memory and in the table. */
  async #known(location: JwksLocation, maxAgeSeconds: number): Promise<KeySet | undefined> {
    const name = partitionOf(location);
    const remembered = this.#sets.get(name);
    if (remembered && isYounger(remembered, maxAgeSeconds)) {
      return remembered;
    }
    const shared = await this.#read(location);
    if (!shared || shared.fetchedAt <= (remembered?.fetchedAt ?? 0)) {
      return remembered;
    }
    const set = keySet(shared);
    this.#sets.set(name, set);
    return set;
  }

  /** Fetches the keys from the issuer; who comes meanwhile gets the same ones. */
  #fetched(location: JwksLocation): Promise<KeySet> {
    const name = partitionOf(location);
    const running = this.#fetches.get(name);
    if (running) {
      return running;
    }
    const fetching = this.#fetch(location, name).finally(() => this.#fetches.delete(name));
    this.#fetches.set(name, fetching);
    return fetching;
  }

  async #fetch(location: JwksLocation, name: string): Promise<KeySet> {
    const failedAt = this.#failedAt.get(name);
    if (failedAt !== undefined && ageOf(failedAt) < FAILURE_COOLDOWN_SECONDS) {
      throw new JwksError('jwks_unavailable', `the keys of ${location.issuer} could not be fetched a moment ago`);
    }
    const fetchedAt = epochSeconds();
    try {
      const fetched = { jwks: await fetchJwks(location), fetchedAt };
      const set = keySet(fetched);
      this.#sets.set(name, set);
      await this.#write(location, fetched);
      return set;
    } catch (error) {
      this.#failedAt.set(name, fetchedAt);
      throw error;
    }
  }

  async #read(location: JwksLocation): Promise<FetchedJwks | undefined> {
    try {
      const shared = await readJwks(this.#table, location);
      // Fetched in the future, by a clock that is wrong: nobody can say how old it is.
      return shared && ageOf(shared.fetchedAt) > -CLOCK_TOLERANCE_SECONDS ? shared : undefined;
    } catch (error) {
      this.#onCacheError(error);
      return undefined;
    }
  }

  async #write(location: JwksLocation, fetched: FetchedJwks): Promise<void> {
    try {
      await writeJwks(this.#table, location, fetched, fetched.fetchedAt + MAX_STALE_SECONDS);
    } catch (error) {
      this.#onCacheError(error);
    }
  }
}

function keySet({ jwks, fetchedAt }: FetchedJwks): KeySet {
  return { find: createLocalJWKSet(jwks), fetchedAt };
}

async function keysIn({ find }: KeySet, alg: string, kid: string | undefined): Promise<readonly CryptoKey[]> {
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

function isYounger({ fetchedAt }: KeySet, seconds: number): boolean {
  return ageOf(fetchedAt) < seconds;
}

function ageOf(time: number): number {
  return epochSeconds() - time;
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
