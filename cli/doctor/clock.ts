import type { Finding } from '../finding.ts';

/** `Date` is in whole seconds, and an answer takes its time. */
const PRECISION_SECONDS = 2;

/**
 * By how many seconds a server's clock is ahead of ours: its `Date` header has whole seconds, and was written at some time
 * between question and answer.
 *
 * @param date as the header has it
 * @param askedAt milliseconds since the epoch by our clock
 * @param answeredAt the same
 * @param ageSeconds how long the answer lay in a cache
 * @returns undefined where it has no date
 */
export function serverOffset(
  date: string | undefined,
  askedAt: number,
  answeredAt: number,
  ageSeconds = 0,
): number | undefined {
  const serverTime = Date.parse(date ?? '');
  return Number.isNaN(serverTime)
    ? undefined
    : Math.round((serverTime + 500 - (askedAt + answeredAt) / 2) / 1000 + ageSeconds);
}

/**
 * @param offsetSeconds by how much the OP's clock is ahead
 * @param reference whose clock it is compared with
 * @param toleranceSeconds the smallest `clockToleranceSeconds` of the issuer's relying parties
 */
export function clockFinding(
  issuer: string,
  offsetSeconds: number,
  reference: string,
  toleranceSeconds: number,
): Finding {
  const distance = Math.abs(offsetSeconds);
  const text = `${issuer}: its clock is ${distance} s ${offsetSeconds < 0 ? 'behind' : 'ahead of'} ${reference}`;
  if (distance <= PRECISION_SECONDS) {
    return { code: 'clock', level: 'good', text: `${issuer}: its clock agrees with ${reference}` };
  }
  if (distance <= toleranceSeconds) {
    return { code: 'clock', level: 'note', text: `${text}, and ${toleranceSeconds} s are tolerated` };
  }
  return {
    code: 'clock',
    level: 'problem',
    text: `${text}, and clockToleranceSeconds is ${toleranceSeconds}`,
    advice: 'set the clocks by NTP: logout tokens are refused with iat_in_future or token_too_old',
  };
}
