import type { Finding } from '../finding.ts';

/** Two clocks are compared, each by headers in whole seconds. */
const PRECISION_SECONDS = 2;

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
