import { COOLDOWN_SECONDS } from './fetch-slot.ts';

/**
 * How many logouts with a `kid` that nobody can settle now are kept for later, by one instance in one cooldown: whoever
 * makes up key ids must not fill the queue with them.
 */
const MOST = {
  /** Whose `kid` comes for the first time, as made-up ones do. */
  new: 50,
  /** Whose `kid` has come before: an OP that has rotated its keys signs all its logouts with it. */
  repeated: 50,
  /** Whose `kid` was looked for a moment ago, and is not published: most likely it will not be. */
  absent: 5,
};
/** Key ids that are remembered, the last ones: more than come in a moment, or no `kid` would be seen to come again. */
const MAX_SEEN = 1000;

/** Counts the logouts that are kept because their `kid` cannot be settled. */
export class UnsettledBudget {
  readonly #seen = new Set<string>();
  #since = 0;
  #kept = { new: 0, repeated: 0, absent: 0 };

  /**
   * @param kidHash of its key id
   * @param isAbsent whether that was looked for a moment ago, and is not published
   * @param now epoch seconds
   * @returns whether one more may be kept
   */
  take(kidHash: string, isAbsent: boolean, now: number): boolean {
    if (now - this.#since >= COOLDOWN_SECONDS) {
      this.#since = now;
      this.#kept = { new: 0, repeated: 0, absent: 0 };
    }
    const isRepeated = this.#remember(kidHash);
    const kind = isAbsent ? 'absent' : isRepeated ? 'repeated' : 'new';
    return this.#kept[kind]++ < MOST[kind];
  }

  /** @returns whether it was there already */
  #remember(kidHash: string): boolean {
    const isRepeated = this.#seen.delete(kidHash);
    this.#seen.add(kidHash);
    const [oldest] = this.#seen;
    if (oldest !== undefined && this.#seen.size > MAX_SEEN) {
      this.#seen.delete(oldest);
    }
    return isRepeated;
  }
}
