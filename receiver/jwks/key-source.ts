import { IssuerKeys } from './issuer-keys.ts';
import type { JwksCacheTable } from './jwks-cache-table.ts';
import { JwksError, type KeyProblem } from './jwks-error.ts';
import type { JwksEvent } from './jwks-event.ts';
import { type JwksLocation, partitionOf } from './jwks-location.ts';
import { type KeySet, problemWith, type TryKeys, type WantedKey } from './key-set.ts';

export interface KeySourceOptions {
  /** Told of all that happens to issuers' keys. Must not throw. */
  readonly onEvent: (event: JwksEvent) => void;
  /** Whether nobody waits for what is verified: it was kept already, and fetches are the background's. */
  readonly isPatient?: boolean;
}

/** Verifies tokens with issuers' keys, for one function instance. */
export class KeySource {
  readonly #table: JwksCacheTable;
  readonly #onEvent: (event: JwksEvent) => void;
  readonly #isPatient: boolean;
  readonly #issuers = new Map<string, IssuerKeys>();

  constructor(table: JwksCacheTable, { onEvent, isPatient = false }: KeySourceOptions) {
    this.#table = table;
    this.#onEvent = onEvent;
    this.#isPatient = isPatient;
  }

  /**
   * Has a token verified with the keys that its issuer publishes under its `kid` for its algorithm. There is one, unless the
   * issuer uses a `kid` twice.
   *
   * What does not verify with keys from before the token came may do so with newer ones: the issuer may have rotated its
   * keys, under a new `kid` or under the same. So the issuer is asked, if it may be; and what still does not verify is
   * settled only by what was the issuer's word after the token came.
   *
   * @param receivedAt epoch seconds, with their fraction
   * @throws JwksError where the token is not verified
   */
  async verify(location: JwksLocation, wanted: WantedKey, receivedAt: number, tryKeys: TryKeys): Promise<void> {
    const { issuer } = location;
    const keys = this.#keysOf(location);
    let set = await keys.current();
    let problem = await problemWith(set, wanted, tryKeys);
    const isInDoubt = () => problem !== undefined && set.fetched.asOf < receivedAt;
    if (problem && isInDoubt()) {
      this.#onEvent({ type: 'keys_doubted', issuer, problem });
    }
    for (const renew of [() => keys.look(), () => keys.refresh({ isUrgent: true, isInDoubt: true })]) {
      if (isInDoubt()) {
        await renew();
        const newest = keys.usable ?? set;
        problem = newest.find === set.find ? problem : await problemWith(newest, wanted, tryKeys);
        set = newest;
      }
    }
    if (problem) {
      throw isInDoubt() ? unsettled(problem, keys.lastError) : settled(problem);
    }
  }

  /**
   * Reads what the JWKS cache table has of an issuer's keys, before the first token comes. The issuer is not asked, whatever
   * the table has, and where the table fails, nobody is told.
   *
   * @param signal aborts when the time for it is spent
   * @returns keys that can be used now
   */
  async lookAhead(location: JwksLocation, signal: AbortSignal): Promise<KeySet | undefined> {
    const keys = this.#keysOf(location);
    await keys.lookAhead(signal);
    return keys.usable;
  }

  /** Relying parties may change: keys that were had under other terms than those of now are not used. */
  #keysOf(location: JwksLocation): IssuerKeys {
    const name = JSON.stringify([partitionOf(location), location.allowPrivateAddresses, location.jwksMaxStaleSeconds]);
    const claimant = this.#isPatient ? 'background' : 'request';
    const known = this.#issuers.get(name) ?? new IssuerKeys(this.#table, location, claimant, this.#onEvent);
    this.#issuers.set(name, known);
    return known;
  }
}

function settled(problem: KeyProblem): JwksError {
  return new JwksError(problem, `with keys that the issuer published after the token came: ${problem}`);
}

function unsettled(problem: KeyProblem, cause: unknown): JwksError {
  const message = `with keys that may be from before the token came, and it is too soon to ask the issuer: ${problem}`;
  return new JwksError('key_unsettled', message, { cause });
}
