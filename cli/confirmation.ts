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

/**
 * Has a person type a name, for what nobody must do to the wrong thing.
 *
 * @param what is to be done
 * @param name that must be typed, to the letter
 * @returns whether it was
 * @throws UsageError where nobody is there to answer
 */
export async function isTyped(lines: InputLines, what: string, name: string): Promise<boolean> {
  if (!lines.isAsking) {
    throw new UsageError(`${what}? Nobody is here to answer: add --confirm ${name}`);
  }
  const answer = await lines.next(`${what}? Type its name, ${name}, to go on: `);
  return answer?.trim() === name;
}
