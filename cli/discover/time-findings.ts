import { clockDifference } from '../clock-difference.ts';
import type { Finding } from '../finding.ts';
import type { Fetched } from '../openid-provider/provider-document.ts';
import { printable } from '../printable.ts';

/** No reason to act. */
const EQUAL_WITHIN_SECONDS = 2;
/** `clockToleranceSeconds`, where a relying party says nothing. */
const DEFAULT_TOLERANCE_SECONDS = 60;
/** As old as the receiver lets keys be fresh. */
const OLD_SECONDS = 3600;
/** The receiver waits no longer within a logout request. */
const SLOW_SECONDS = 3;

/** By how much the OP's clock differs from ours at least, in seconds, positive where it is ahead. */
export function differenceOf({ response: { headers, ageSeconds }, askedAt, receivedAt }: Fetched): number | undefined {
  return clockDifference(headers.date, ageSeconds, askedAt, receivedAt);
}

/** Clock, age and speed of what an OP has answered. */
export function timeFindings(fetched: Fetched): Finding[] {
  const findings = [clock(differenceOf(fetched)), age(fetched)].filter((finding) => finding !== undefined);
  return [...findings, ...slowness(fetched)];
}

function clock(seconds: number | undefined): Finding | undefined {
  if (seconds === undefined) {
    return undefined;
  }
  const size = Math.abs(seconds);
  if (size <= EQUAL_WITHIN_SECONDS) {
    return { code: 'clock', level: 'good', text: "The OP's clock and this machine's agree." };
  }
  return {
    code: 'clock_differs',
    level: size > DEFAULT_TOLERANCE_SECONDS ? 'problem' : 'note',
    text: `The OP's clock is at least ${size} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's, as its Date header says.`,
    advice: `Correct the one that is wrong. The receiver tolerates ${DEFAULT_TOLERANCE_SECONDS} s, or what clockToleranceSeconds says (up to 300).`,
  };
}

function age({ response: { ageSeconds } }: Fetched): Finding | undefined {
  return ageSeconds > OLD_SECONDS
    ? {
        code: 'document_old',
        level: 'note',
        text: `The document has lain in a cache for ${ageSeconds} s: changes at the OP may come late.`,
      }
    : undefined;
}

/** Whether an answer takes longer than the receiver has for it within a logout request. */
export function slowness({ url, askedAt, receivedAt }: Fetched): Finding[] {
  const seconds = receivedAt - askedAt;
  return seconds > SLOW_SECONDS
    ? [
        {
          code: 'slow',
          level: 'note',
          text: `${printable(url)} took ${Math.round(seconds)} s. Within a logout request the receiver waits ${SLOW_SECONDS} s for document and keys, and defers the logout then.`,
        },
      ]
    : [];
}
