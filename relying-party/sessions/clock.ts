/*
 * The one clock of the functions, the receiver and the session library. It asks `Date.now` each time, so tests set it with
 * fake timers, and proofs by replacing `Date.now`. A lint rule refuses `Date.now()` and `new Date()` elsewhere.
 */

/** Whole seconds since the epoch, as in the claims of tokens and the attributes of items. */
export function epochSeconds(): number {
  return Math.floor(epochMilliseconds() / 1000);
}

/** Seconds since the epoch with their fraction, where two moments of one second must not look the same. */
export function exactEpochSeconds(): number {
  return epochMilliseconds() / 1000;
}

/** Milliseconds since the epoch. */
export function epochMilliseconds(): number {
  return Date.now();
}
