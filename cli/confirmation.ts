import { createInterface } from 'node:readline/promises';
import { UsageError } from './command-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks whether something is to be done.
 *
 * @param question ends without a question mark
 * @returns whether the answer is yes
 * @throws UsageError where nobody is there to answer
 */
export async function isConfirmed({ input, errors }: Terminal, question: string): Promise<boolean> {
  if (input.isTTY !== true) {
    throw new UsageError(`${question}? Nobody is here to answer: add --yes`);
  }
  const lines = createInterface({ input, output: errors, terminal: false });
  try {
    errors.write(`${question}? [y/N] `);
    for await (const answer of lines) {
      return /^\s*y(es)?\s*$/i.test(answer);
    }
    return false;
  } finally {
    lines.close();
  }
}
