/** Who wants an issuer's keys: a request, which somebody waits for, or work that nobody waits for. */
export type Claimant = 'request' | 'background';

/**
 * The right to fetch an issuer's keys, which one function instance of the whole deployment has at a time. Requests have one
 * and the background has another: neither keeps the other waiting, whatever becomes of its fetches. Times are epoch seconds.
 */
export interface FetchSlot {
  /** Of the instance that took it last. */
  readonly claim: string;
  readonly claimedAt: number;
  /** The claim whose fetch has ended last, well or not. */
  readonly settledClaim?: string | undefined;
}

export type FetchSlots = Readonly<Partial<Record<Claimant, FetchSlot>>>;

export const CLAIMANTS: readonly Claimant[] = ['request', 'background'];

/**
 * Time between two fetches by claimants of one kind, whatever is sent to us. A logout that has to wait for the next one is
 * tried again after 30 seconds; it must be done by then, by clocks that differ.
 */
export const COOLDOWN_SECONDS = 25;
/**
 * How long a fetch may take, discovery document and JWKS together. Some OPs hang up on a request after 2.5 s; nobody waits
 * for the background, and a Hydra that has just started makes its keys within the first request for them, which takes it
 * up to 28 s, and forgets them when the client hangs up.
 */
export const FETCH_MILLISECONDS: Readonly<Record<Claimant, number>> = { request: 3000, background: 30_000 };
/** For telling the table that a fetch has ended. */
const SETTLING_SECONDS = 2;
/** How far the clocks of two function instances may differ. */
export const CLOCK_TOLERANCE_SECONDS = 60;

export function isOpen(slot: FetchSlot | undefined, claimant: Claimant, now: number): boolean {
  if (!slot) {
    return true;
  }
  const { settledBefore, claimedBefore, inFuture } = openingTimes(claimant, now);
  const isSettled = slot.claim === slot.settledClaim;
  return slot.claimedAt <= (isSettled ? settledBefore : claimedBefore) || slot.claimedAt > inFuture;
}

/** Whether whoever claimed it is still fetching. */
export function isFetching(slot: FetchSlot | undefined, claimant: Claimant, now: number): boolean {
  return (
    slot !== undefined && slot.claim !== slot.settledClaim && Math.abs(now - slot.claimedAt) < heldSeconds(claimant)
  );
}

/** When a slot that is open now was claimed. */
export function openingTimes(claimant: Claimant, now: number) {
  return {
    /** At the latest, where its fetch has ended. */
    settledBefore: now - COOLDOWN_SECONDS,
    /** At the latest, where it has not: whoever claimed it has died. */
    claimedBefore: now - Math.max(COOLDOWN_SECONDS, heldSeconds(claimant)),
    /** Or after this, by a clock that was wrong: it must not close the slot for as long as it was. */
    inFuture: now + CLOCK_TOLERANCE_SECONDS,
  };
}

function heldSeconds(claimant: Claimant): number {
  return FETCH_MILLISECONDS[claimant] / 1000 + SETTLING_SECONDS;
}
