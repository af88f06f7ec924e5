interface Event {
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** Of events at the same time, the one that was scheduled first comes first. */
  readonly order: number;
  run(): void;
}

/** The clock of a simulation, and what is to happen: a binary heap by time. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #order = 0;
  #now = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** @param milliseconds from now; never less than 0 */
  after(milliseconds: number, run: () => void): void {
    this.#heap.push({ at: this.#now + Math.max(0, milliseconds), order: this.#order++, run });
    this.#rise(this.#heap.length - 1);
  }

  /** Has everything happen up to a time, also what is scheduled meanwhile. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      this.#now = next.at;
      next.run();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
  }

  #rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) {
        return;
      }
      index = parent;
    }
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const child = this.#isLater(left, left + 1) ? left + 1 : left;
      if (!this.#swapIfLater(index, child)) {
        return;
      }
      index = child;
    }
  }

  #swapIfLater(above: number, below: number): boolean {
    const [first, second] = [this.#heap[above], this.#heap[below]];
    if (!(first && second && this.#isLater(above, below))) {
      return false;
    }
    this.#heap[above] = second;
    this.#heap[below] = first;
    return true;
  }

  #isLater(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    return (
      first !== undefined &&
      second !== undefined &&
      (first.at > second.at || (first.at === second.at && first.order > second.order))
    );
  }
}
