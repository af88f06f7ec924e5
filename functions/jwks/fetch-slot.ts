/**
 * The right to fetch an issuer's keys, which one function instance of the whole deployment has at a time. Times are epoch
 * seconds.
 */
export interface FetchSlot {
  /** Of the instance that took it last. */
  readonly claim: string;
  readonly claimedAt: number;
  /** The claim whose fetch has ended last, well or not. */
  readonly settledClaim?: string | undefined;
  /** From when on it can be claimed again. */
  readonly nextFetchAt: number;
  /** Fetches that failed, one after the other. */
  readonly failures: number;
}

/**
 * Time between two fetches, whatever is sent to us. A logout that has to wait for the next one is tried again after 30
 * seconds; it must be done by then, by clocks that differ.
 */
export const COOLDOWN_SECONDS = 25;
/** An issuer that fails is left alone for twice as long each time, and no longer than this. */
const MAX_COOLDOWN_SECONDS = 300;
/** A fetch takes no longer: after that, whoever claimed the slot has died. */
const FETCH_SECONDS = 5;
/** How far the clocks of two function instances may differ. */
export const CLOCK_TOLERANCE_SECONDS = 60;

/** After this time from now, no clock that is right closes the slot. */
export const LONGEST_WAIT_SECONDS = MAX_COOLDOWN_SECONDS + CLOCK_TOLERANCE_SECONDS;

export function isOpen(slot: FetchSlot | undefined, now: number): boolean {
  return !slot || slot.nextFetchAt <= now || slot.nextFetchAt > now + LONGEST_WAIT_SECONDS;
}

/** Whether whoever claimed it is still fetching. */
export function isFetching(slot: FetchSlot | undefined, now: number): boolean {
  return slot !== undefined && slot.claim !== slot.settledClaim && Math.abs(now - slot.claimedAt) < FETCH_SECONDS;
}

/** @param failures of fetches one after the other, the one that has begun at `claimedAt` included */
export function nextFetchAfter(claimedAt: number, failures: number): number {
  return claimedAt + Math.min(COOLDOWN_SECONDS * 2 ** Math.max(0, failures - 1), MAX_COOLDOWN_SECONDS);
}
