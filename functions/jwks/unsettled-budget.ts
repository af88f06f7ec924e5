import { COOLDOWN_SECONDS } from './fetch-slot.ts';

/**
 * How many logouts with a `kid` that nobody can settle now are kept for later, by one instance in one cooldown: whoever
 * makes up key ids must not fill the queue with them.
 */
const MAX_UNKNOWN = 50;
/** Of those whose `kid` was looked for a moment ago and is not published: most likely it will not be. */
const MAX_KNOWN_ABSENT = 5;

/** Counts the logouts that are kept because their `kid` cannot be settled. */
export class UnsettledBudget {
  #since = 0;
  #unknown = 0;
  #knownAbsent = 0;

  /** @returns whether one more may be kept; `now` is epoch seconds */
  take(isKnownAbsent: boolean, now: number): boolean {
    if (now - this.#since >= COOLDOWN_SECONDS) {
      this.#since = now;
      this.#unknown = 0;
      this.#knownAbsent = 0;
    }
    return isKnownAbsent ? this.#knownAbsent++ < MAX_KNOWN_ABSENT : this.#unknown++ < MAX_UNKNOWN;
  }
}
