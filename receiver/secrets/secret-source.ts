import { epochMilliseconds } from '../../relying-party/sessions/clock.ts';

interface Attempt {
  /** The last value that could be had. */
  readonly value: string | undefined;
  /** When it was fetched, in epoch milliseconds. */
  readonly fetchedAt: number;
  /** When the secret was last asked for, in epoch milliseconds. */
  readonly triedAt: number;
  /** Why the last try failed, where it did. */
  readonly error?: unknown;
}

/** A secret younger than this is used without a look at where it is kept. */
const FRESH_SECONDS = 300;
/** Whatever is sent to us, and whatever fails, a secret is asked for no more often than this. */
const COOLDOWN_SECONDS = 30;
/** While a secret cannot be fetched, the value known last is used up to this age: a secret that was revoked must end. */
const MAX_STALE_SECONDS = 86_400;

/** Keeps secrets in this instance's memory. */
export class SecretSource {
  readonly #fetch: (secretId: string) => Promise<string>;
  readonly #attempts = new Map<string, Attempt>();

  /** @param fetch reads a secret from where it is kept */
  constructor(fetch: (secretId: string) => Promise<string>) {
    this.#fetch = fetch;
  }

  /**
   * Reads a secret.
   *
   * @returns the value known last, where it cannot be fetched now
   * @throws whatever fetching it threw, where no value is known, or only one that is a day old
   */
  async read(secretId: string): Promise<string> {
    const { value, fetchedAt, error } = await this.#youngerThan(FRESH_SECONDS, secretId);
    if (value === undefined || !isYounger(fetchedAt, MAX_STALE_SECONDS)) {
      throw error;
    }
    return value;
  }

  /**
   * Reads a secret whose value did not fit: it may have been rotated.
   *
   * @returns the same value where it has not been, or was looked at a moment ago
   * @throws whatever fetching it threw: then nobody knows whether it was rotated
   */
  async readAgain(secretId: string): Promise<string> {
    const { value, error } = await this.#youngerThan(COOLDOWN_SECONDS, secretId);
    if (value === undefined || error !== undefined) {
      throw error;
    }
    return value;
  }

  async #youngerThan(seconds: number, secretId: string): Promise<Attempt> {
    const last = this.#attempts.get(secretId);
    if (last && (isYounger(last.fetchedAt, seconds) || isYounger(last.triedAt, COOLDOWN_SECONDS))) {
      return last;
    }
    const attempt = await this.#attempt(secretId, last);
    this.#attempts.set(secretId, attempt);
    return attempt;
  }

  async #attempt(secretId: string, last: Attempt | undefined): Promise<Attempt> {
    const triedAt = epochMilliseconds();
    try {
      return { value: await this.#fetch(secretId), fetchedAt: triedAt, triedAt };
    } catch (error) {
      return { value: last?.value, fetchedAt: last?.fetchedAt ?? 0, triedAt, error };
    }
  }
}

function isYounger(time: number, seconds: number): boolean {
  return epochMilliseconds() - time < seconds * 1000;
}
