import type { Context } from 'aws-lambda';

/** The time for a piece of work was spent before it was done. */
export class TimeBudgetSpent extends Error {
  override readonly name = 'TimeBudgetSpent';
}

/**
 * Stops waiting for work when its time is spent. The work goes on in the background, and its errors are ignored: it must
 * be such that it may be done twice.
 *
 * @param milliseconds for the work; nothing or less is spent at once
 * @param work gets a signal that aborts when the time is spent
 * @throws TimeBudgetSpent, or whatever the work throws
 */
export async function withinBudget<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const spent = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TimeBudgetSpent(`not done within ${Math.round(milliseconds)} ms`);
      controller.abort(error);
      reject(error);
    }, milliseconds);
  });
  const working = work(controller.signal);
  working.catch(() => undefined);
  try {
    return await Promise.race([working, spent]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Aborts when the time of an invocation is spent, but for a reserve.
 *
 * @param reserveMilliseconds that must be left then
 */
export function timeUntil(context: Context, reserveMilliseconds: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - reserveMilliseconds));
}
