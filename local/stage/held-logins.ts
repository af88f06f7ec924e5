/** Logins that are under way: the OP has issued the ID token, and its answer is held back. */
export class HeldLogins {
  #isHolding = false;
  #waiting: (() => void)[] = [];

  get isHolding(): boolean {
    return this.#isHolding;
  }

  get count(): number {
    return this.#waiting.length;
  }

  hold(): void {
    this.#isHolding = true;
  }

  /** Lets those go that are held, and holds no more. */
  release(): void {
    this.#isHolding = false;
    for (const letGo of this.#waiting.splice(0)) {
      letGo();
    }
  }

  /** @param onHeld is told where the caller has to wait */
  async pass(onHeld: () => void): Promise<void> {
    if (this.#isHolding) {
      const released = new Promise<void>((resolve) => this.#waiting.push(resolve));
      onHeld();
      await released;
    }
  }
}
