/** What a line can be found by: its first members. */
type Key = readonly [kind: string, name?: string | number | null];

const LINE_FEED = 10;

/**
 * JSON arrays, one a line, in the order of their bytes: those that begin with a key are found by binary search, and nothing
 * else is parsed or decoded. However many lines there are, having them costs no more than their bytes in memory.
 */
export class SortedLines {
  readonly bytes: Buffer;

  /** @param bytes of lines in the order of their bytes, as `from` makes them */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** @param lines each with more members than the keys that it is found by */
  static from(lines: Iterable<readonly unknown[]>): SortedLines {
    const encoded = Array.from(lines, (line) => Buffer.from(`${JSON.stringify(line)}\n`));
    return new SortedLines(Buffer.concat(encoded.sort(Buffer.compare)));
  }

  /** @returns the JSON of the line that begins with the key, or undefined */
  find(...key: Key): string | undefined {
    const [line] = this.startingWith(...key);
    return line;
  }

  /** The JSON of each line that begins with the key. */
  *startingWith(...key: Key): Generator<string> {
    const prefix = Buffer.from(`${JSON.stringify(key).slice(0, -1)},`);
    let start = this.#firstFrom(prefix);
    while (this.bytes.subarray(start, start + prefix.length).equals(prefix)) {
      const end = this.bytes.indexOf(LINE_FEED, start);
      yield this.bytes.toString('utf8', start, end);
      start = end + 1;
    }
  }

  /** Where the first line begins that does not stand before the prefix. */
  #firstFrom(prefix: Buffer): number {
    let [low, high] = [0, this.bytes.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const start = middle === 0 ? 0 : this.bytes.lastIndexOf(LINE_FEED, middle - 1) + 1;
      const end = this.bytes.indexOf(LINE_FEED, middle);
      if (this.bytes.compare(prefix, 0, prefix.length, start, end) < 0) {
        low = end + 1;
      } else {
        high = start;
      }
    }
    return low;
  }
}
