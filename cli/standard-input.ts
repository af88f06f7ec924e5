import { UsageError } from './command-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Reads standard input to its end.
 *
 * @param maxBytes of it, at most
 * @throws UsageError where there is more
 */
export async function readInput({ input }: Pick<Terminal, 'input'>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > maxBytes) {
      throw new UsageError(`standard input has more than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
