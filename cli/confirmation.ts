import { UsageError } from './command-error.ts';
import type { InputLines } from './input-lines.ts';

/**
 * Asks whether something is to be done.
 *
 * @param question without a question mark
 * @returns whether the answer is yes
 * @throws UsageError where nobody is there to answer
 */
export async function isConfirmed(lines: InputLines, question: string): Promise<boolean> {
  if (!lines.isAsking) {
    throw new UsageError(`${question}? Nobody is here to answer: add --yes`);
  }
  const answer = await lines.next(`${question}? [y/N] `);
  return /^\s*y(es)?\s*$/i.test(answer ?? '');
}
