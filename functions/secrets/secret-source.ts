interface Attempt {
  /** The last one that could be had. */
  readonly value: string | undefined;
  /** When it was fetched, in epoch milliseconds. */
  readonly fetchedAt: number;
  /** When it was last asked for, in epoch milliseconds. */
  readonly triedAt: number;
  readonly error?: unknown;
}

/** A secret younger than this is used without a look at where it is kept. */
const FRESH_SECONDS = 300;
/** Whatever is sent to us, and whatever fails, a secret is asked for no more often than this. */
const COOLDOWN_SECONDS = 10;

/** Keeps secrets in this instance's memory. While one cannot be fetched, the value known last stays good. */
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
   * @throws whatever fetching it threw, where no value of it is known
   */
  async read(secretId: string): Promise<string> {
    return await this.#youngerThan(FRESH_SECONDS, secretId);
  }

  /**
   * Reads a secret whose value did not fit: it may have been rotated.
   *
   * @returns the same value where it has not been, or was looked at a moment ago
   * @throws as `read` does
   */
  async readAgain(secretId: string): Promise<string> {
    return await this.#youngerThan(COOLDOWN_SECONDS, secretId);
  }

  async #youngerThan(seconds: number, secretId: string): Promise<string> {
    const last = this.#attempts.get(secretId);
    if (last && (isYounger(last.fetchedAt, seconds) || isYounger(last.triedAt, COOLDOWN_SECONDS))) {
      return valueIn(last);
    }
    const attempt = await this.#attempt(secretId, last);
    this.#attempts.set(secretId, attempt);
    return valueIn(attempt);
  }

  async #attempt(secretId: string, last: Attempt | undefined): Promise<Attempt> {
    const triedAt = Date.now();
    try {
      return { value: await this.#fetch(secretId), fetchedAt: triedAt, triedAt };
    } catch (error) {
      return { value: last?.value, fetchedAt: last?.fetchedAt ?? 0, triedAt, error };
    }
  }
}

function valueIn({ value, error }: Attempt): string {
  if (value === undefined) {
    throw error;
  }
  return value;
}

function isYounger(time: number, seconds: number): boolean {
  return Date.now() - time < seconds * 1000;
}
