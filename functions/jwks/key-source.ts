import type { CryptoKey } from 'jose';
import { COOLDOWN_SECONDS } from './fetch-slot.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwksCacheTable } from './jwks-cache-table.ts';
import { JwksError } from './jwks-error.ts';
import type { JwksEvent } from './jwks-event.ts';
import { type JwksLocation, partitionOf } from './jwks-location.ts';
import { type KeySet, keysIn, kidHash } from './key-set.ts';
import { UnsettledBudget } from './unsettled-budget.ts';

/** What a token's header says of the key that it is signed with. */
export interface WantedKey {
  readonly alg: string;
  /** Where undefined, exactly one of the issuer's keys must fit. */
  readonly kid?: string | undefined;
}

export interface KeySourceOptions {
  /** Told of all that happens to issuers' keys. Must not throw. */
  readonly onEvent: (event: JwksEvent) => void;
  /** Whether tokens have been kept already that wait for their key: then there is no limit to how many. */
  readonly isPatient?: boolean;
}

interface KnownIssuer {
  readonly keys: IssuerKeys;
  readonly unsettled: UnsettledBudget;
}

/** Finds issuers' keys for one function instance. */
export class KeySource {
  readonly #table: JwksCacheTable;
  readonly #onEvent: (event: JwksEvent) => void;
  readonly #isPatient: boolean;
  readonly #issuers = new Map<string, KnownIssuer>();

  constructor(table: JwksCacheTable, { onEvent, isPatient = false }: KeySourceOptions) {
    this.#table = table;
    this.#onEvent = onEvent;
    this.#isPatient = isPatient;
  }

  /**
   * Finds the keys that a token can be signed with: those that the issuer publishes under its `kid` for its algorithm.
   * There is one, unless the issuer uses a `kid` twice.
   *
   * @param receivedAt epoch seconds, with their fraction: that a `kid` does not exist is settled by keys that were asked
   *   for after that, and by no others
   * @throws JwksError
   */
  async keysFor(location: JwksLocation, wanted: WantedKey, receivedAt: number): Promise<readonly CryptoKey[]> {
    const issuer = this.#issuer(location);
    let set = await issuer.keys.current(wanted.kid);
    const found = await soughtIn(set, wanted, receivedAt);
    if (found) {
      return found;
    }
    this.#onEvent({ type: 'kid_unknown', issuer: location.issuer });
    for (const renew of [() => issuer.keys.look(), () => issuer.keys.refresh(true)]) {
      await renew();
      const { usable } = issuer.keys;
      const foundNow = usable && usable !== set && (await soughtIn(usable, wanted, receivedAt));
      if (foundNow) {
        return foundNow;
      }
      set = usable ?? set;
    }
    throw this.#unsettled(issuer, set, wanted.kid);
  }

  /** Nobody has asked the issuer since the token came, and nobody may now. */
  #unsettled({ keys, unsettled }: KnownIssuer, { fetched, absentKids }: KeySet, kid: string | undefined): JwksError {
    const now = Date.now() / 1000;
    const hash = kidHash(kid);
    const isAbsent = now - fetched.fetchedAt < COOLDOWN_SECONDS && absentKids.has(hash);
    const isWorthKeeping = this.#isPatient || unsettled.take(hash, isAbsent, now);
    if (isAbsent && !isWorthKeeping) {
      return new JwksError('key_not_found', 'no published key fits, and a moment ago none did');
    }
    const message = 'no key fits that is known, and it is too soon to ask the issuer again';
    return new JwksError('key_unsettled', message, { isWorthKeeping, cause: keys.lastError });
  }

  #issuer(location: JwksLocation): KnownIssuer {
    const name = partitionOf(location);
    const known = this.#issuers.get(name) ?? {
      keys: new IssuerKeys(this.#table, location, this.#onEvent),
      unsettled: new UnsettledBudget(),
    };
    this.#issuers.set(name, known);
    return known;
  }
}

/**
 * @returns undefined where newer keys may have what is sought
 * @throws JwksError where they cannot
 */
async function soughtIn(
  set: KeySet,
  { alg, kid }: WantedKey,
  receivedAt: number,
): Promise<readonly CryptoKey[] | undefined> {
  try {
    return await keysIn(set, alg, kid);
  } catch (error) {
    const isMissing = error instanceof JwksError && error.code === 'key_not_found';
    // A key that is published under the kid, but not for this use, is an answer: issuers give a new key a new kid.
    const isKnown = kid !== undefined && set.kids.has(kid);
    if (isMissing && !isKnown && set.fetched.fetchedAt < receivedAt) {
      return undefined;
    }
    throw error;
  }
}
