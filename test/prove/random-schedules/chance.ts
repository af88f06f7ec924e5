/**
 * All that is left to chance in a schedule, out of its seed and the name of what is decided. So each decision stays the
 * same when another one falls away, and a schedule that found something can be made shorter.
 */
export class Chance {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @returns 0 to 1, without 1 */
  of(what: string): number {
    return hash(this.#seed, what) / 2 ** 32;
  }

  /** @param share 0 to 1 */
  isSo(what: string, share: number): boolean {
    return this.of(what) < share;
  }

  /** @returns a whole number of at least 0 and less than `count` */
  below(what: string, count: number): number {
    return Math.floor(this.of(what) * count);
  }

  pick<Choice>(what: string, choices: readonly [Choice, ...Choice[]]): Choice {
    return choices[this.below(what, choices.length)] ?? choices[0];
  }

  /** The seed of one of many schedules. */
  seedOf(index: number): number {
    return hash(this.#seed, `schedule ${index}`);
  }
}

/** MurmurHash3 over UTF-16 code units. */
function hash(seed: number, text: string): number {
  let state = seed | 0;
  for (let index = 0; index < text.length; index++) {
    let unit = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
    unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    state ^= unit;
    state = Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64;
  }
  state ^= text.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
