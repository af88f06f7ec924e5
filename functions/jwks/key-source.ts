import { type CryptoKey, createLocalJWKSet, errors } from 'jose';
import type { FetchedJwks, JwksCacheTable } from './jwks-cache-table.ts';
import { readJwks, writeJwks } from './jwks-cache-table.ts';
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

/** Gets issuers' keys from this instance's memory, else from the JWKS cache table, else from the issuer. */
export class KeySource {
  readonly #table: JwksCacheTable;
  readonly #onCacheError: (error: unknown) => void;
  readonly #sets = new Map<string, KeySet>();
  readonly #failedAt = new Map<string, number>();

  /** @param onCacheError told of errors of the cache table, which are no reason to fail: the issuer is still there */
  constructor(table: JwksCacheTable, onCacheError: (error: unknown) => void) {
    this.#table = table;
    this.#onCacheError = onCacheError;
  }

  /**
   * Finds the one key that a token was signed with, if the issuer publishes it for that algorithm.
   *
   * @param kid where undefined, exactly one of the keys must fit
   * @throws JwksError
   */
  async keyFor(location: JwksLocation, alg: string, kid: string | undefined): Promise<CryptoKey> {
    const set = await this.#set(location, ({ fetchedAt }) => ageOf(fetchedAt) < FRESH_SECONDS);
    try {
      return await keyIn(set, alg, kid);
    } catch (error) {
      if (!(error instanceof JwksError && error.code === 'key_not_found')) {
        throw error;
      }
      const isNewEnough = ({ fetchedAt }: KeySet) =>
        fetchedAt > set.fetchedAt || ageOf(fetchedAt) < UNKNOWN_KID_COOLDOWN_SECONDS;
      return await keyIn(await this.#set(location, isNewEnough), alg, kid);
    }
  }

  /** The first set that is good enough, from the nearest place; where the issuer fails, the newest that is not too old. */
  async #set(location: JwksLocation, isGoodEnough: (set: KeySet) => boolean): Promise<KeySet> {
    const name = location.jwksUri ?? location.issuer;
    const remembered = this.#sets.get(name);
    if (remembered && isGoodEnough(remembered)) {
      return remembered;
    }
    const shared = await this.#read(location);
    const known = shared && shared.fetchedAt > (remembered?.fetchedAt ?? 0) ? keySet(shared) : remembered;
    if (known && isGoodEnough(known)) {
      this.#sets.set(name, known);
      return known;
    }
    try {
      const fetched = await this.#fetch(location, name);
      this.#sets.set(name, fetched);
      return fetched;
    } catch (error) {
      if (known && ageOf(known.fetchedAt) < MAX_STALE_SECONDS) {
        return known;
      }
      throw error;
    }
  }

  async #fetch(location: JwksLocation, name: string): Promise<KeySet> {
    const failedAt = this.#failedAt.get(name);
    if (failedAt !== undefined && ageOf(failedAt) < FAILURE_COOLDOWN_SECONDS) {
      throw new JwksError('jwks_unavailable', `the keys of ${location.issuer} could not be fetched a moment ago`);
    }
    const fetchedAt = epochSeconds();
    try {
      const fetched = { jwks: await fetchJwks(location), fetchedAt };
      await this.#write(location, fetched);
      return keySet(fetched);
    } catch (error) {
      this.#failedAt.set(name, fetchedAt);
      throw error;
    }
  }

  async #read(location: JwksLocation): Promise<FetchedJwks | undefined> {
    try {
      return await readJwks(this.#table, location);
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

async function keyIn({ find }: KeySet, alg: string, kid: string | undefined): Promise<CryptoKey> {
  try {
    return await find({ alg, ...(kid !== undefined && { kid }) });
  } catch (cause) {
    if (cause instanceof errors.JWKSNoMatchingKey) {
      throw new JwksError('key_not_found', 'no published key fits', { cause });
    }
    if (cause instanceof errors.JWKSMultipleMatchingKeys) {
      throw new JwksError('key_ambiguous', 'several published keys fit', { cause });
    }
    // Whatever else goes wrong here is a published key that cannot be imported.
    throw new JwksError('key_unusable', 'the published key is broken', { cause });
  }
}

function ageOf(time: number): number {
  return epochSeconds() - time;
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
