import { createInterface, type Interface } from 'node:readline';
import type { Terminal } from './terminal.ts';

/** Has something done that may read standard input, which is closed then: the process can end. */
export async function withInputLines<Result>(
  terminal: Terminal,
  act: (lines: InputLines) => Promise<Result>,
): Promise<Result> {
  const lines = new InputLines(terminal);
  try {
    return await act(lines);
  } finally {
    lines.close();
  }
}

/** Standard input, a line at a time: what was piped in, or what a person types. */
export class InputLines {
  readonly #terminal: Terminal;
  #reader: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Whether a person sits there, who can be asked. */
  get isAsking(): boolean {
    return this.#terminal.input.isTTY === true;
  }

  /**
   * The next line.
   *
   * @param question for a person; nobody else sees it
   * @returns undefined where there is none
   */
  async next(question: string): Promise<string | undefined> {
    if (this.isAsking) {
      this.#terminal.errors.write(question);
    }
    this.#reader ??= createInterface({ input: this.#terminal.input, terminal: false });
    // One for all lines: another one would miss those that came before it.
    this.#lines ??= this.#reader[Symbol.asyncIterator]();
    const { done, value } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Nothing more is read: the process can end. */
  close(): void {
    this.#reader?.close();
  }
}
