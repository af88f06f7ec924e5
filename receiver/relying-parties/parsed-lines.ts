import type { SortedLines } from './sorted-lines.ts';

/** What lines of one kind say, each parsed when somebody first asks for it. */
export class ParsedLines<Name extends string | number | null, Value> {
  readonly #lines: SortedLines;
  readonly #kind: string;
  readonly #parse: (line: string) => Value;
  /** Of lines that are there alone: anybody can ask for names that are not. */
  readonly #parsed = new Map<Name, Value>();

  constructor(lines: SortedLines, kind: string, parse: (line: string) => Value) {
    this.#lines = lines;
    this.#kind = kind;
    this.#parse = parse;
  }

  /** @returns undefined where there is no such line */
  get(name: Name): Value | undefined {
    const known = this.#parsed.get(name);
    const line = known === undefined ? this.#lines.find(this.#kind, name) : undefined;
    if (line === undefined) {
      return known;
    }
    const value = this.#parse(line);
    this.#parsed.set(name, value);
    return value;
  }
}
