/** What is in the way of a logout. */
export type Trouble =
  | 'stage throttle'
  | 'account throttle'
  | 'concurrency'
  | 'new environments'
  | 'request rate'
  | 'table throughput'
  | 'table quota'
  | 'hot partition'
  | 'time budget'
  | 'stream behind';

/** When each trouble came first, and how often it came. */
export class Troubles {
  readonly #noted = new Map<Trouble, { readonly firstAt: number; times: number }>();

  /** @param now milliseconds */
  note(trouble: Trouble, now: number): void {
    const known = this.#noted.get(trouble);
    if (known) {
      known.times++;
    } else {
      this.#noted.set(trouble, { firstAt: now, times: 1 });
    }
  }

  timesOf(trouble: Trouble): number {
    return this.#noted.get(trouble)?.times ?? 0;
  }

  /** By the time at which they came first. */
  get inOrder(): readonly Trouble[] {
    return [...this.#noted].toSorted(([, a], [, b]) => a.firstAt - b.firstAt).map(([trouble]) => trouble);
  }
}
