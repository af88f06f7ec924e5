/** What lets so much through a second, and so much at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  /** Milliseconds. */
  #filledAt = 0;

  /** @param capacity that it is full of at first */
  constructor(perSecond: number, capacity: number) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
  }

  /**
   * Takes tokens where there are enough.
   *
   * @param now milliseconds, never earlier than before
   */
  take(now: number, tokens = 1): boolean {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
    // What has run in and out again may be a rounding error short.
    if (this.#tokens + 1e-9 < tokens) {
      return false;
    }
    this.#tokens -= tokens;
    return true;
  }
}
