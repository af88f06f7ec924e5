/**
 * By how much a server's clock differs from ours at least, in seconds, positive where it is ahead. `Date` and `Age` are in
 * whole seconds, rounded down (RFC 9110, section 6.6.1; RFC 9111, section 5.1), and the answer was made at some time between
 * question and receipt.
 *
 * @param date the answer's header `Date`
 * @param ageSeconds how long the answer lay in a cache at the most (`ageSecondsOf`)
 * @param askedAt epoch seconds by our clock
 * @param receivedAt the same
 * @returns undefined where the answer has no date
 */
export function clockDifference(
  date: string | undefined,
  ageSeconds: number,
  askedAt: number,
  receivedAt: number,
): number | undefined {
  const written = Date.parse(date ?? '') / 1000;
  if (Number.isNaN(written)) {
    return undefined;
  }
  const earliest = written + Math.max(0, ageSeconds - 1);
  const latest = written + ageSeconds + 1;
  return Math.round(Math.max(0, earliest - receivedAt) - Math.max(0, askedAt - latest));
}
