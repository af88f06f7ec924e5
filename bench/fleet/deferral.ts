import { carryOut, type Places, type World } from './carrying-out.ts';
import { type Executions, newEnvironment } from './environments.ts';
import type { RoundTrip } from './logout-calls.ts';

/** infra/constructs/deferred-logout-queues.ts and receiver/deferral/logout-queue.ts. */
const FIRST_DELAY_SECONDS = 30;
const LONGEST_DELAY_SECONDS = 3600;
const MAX_RECEIVE_COUNT = 30;
const BATCH_SIZE = 10;
/** Lambda asks again where it could not invoke the function. */
const NO_EXECUTION_PAUSE = 1000;

interface Message {
  readonly places: Places;
  readonly isHot: boolean;
  readonly roundTrips: readonly RoundTrip[];
  readonly since: number;
  receiveCount: number;
}

/** The queue of verified logouts that could not be completed, and the function that takes from it. */
export class Deferral {
  readonly #world: World;
  readonly #executions: Executions;
  readonly #maxConcurrency: number;
  readonly #milliseconds: number;
  readonly #visible: Message[] = [];
  #taken = 0;
  #running = 0;
  #kept = 0;
  #finished = 0;
  #dead = 0;
  #oldest = 0;

  /** @param milliseconds that the function computes for a logout */
  constructor(world: World, executions: Executions, maxConcurrency: number, milliseconds: number) {
    this.#world = world;
    this.#executions = executions;
    this.#maxConcurrency = maxConcurrency;
    this.#milliseconds = milliseconds;
  }

  get counts() {
    return {
      kept: this.#kept,
      finished: this.#finished,
      deadLettered: this.#dead,
      queued: this.#kept - this.#finished - this.#dead,
      /** Seconds from the deferral to the end, at most. */
      oldestSeconds: this.#oldest / 1000,
    };
  }

  put(places: Places, isHot: boolean, roundTrips: readonly RoundTrip[]): void {
    this.#kept++;
    this.#delay({ places, isHot, roundTrips, since: this.#world.events.now, receiveCount: 0 }, FIRST_DELAY_SECONDS);
  }

  #delay(message: Message, seconds: number): void {
    this.#world.events.after(seconds * 1000, () => {
      this.#visible.push(message);
      this.#poll();
    });
  }

  #poll(): void {
    if (this.#running >= this.#maxConcurrency || this.#taken >= this.#visible.length) {
      return;
    }
    if (!this.#executions.take()) {
      this.#world.events.after(NO_EXECUTION_PAUSE, () => this.#poll());
      return;
    }
    const batch = this.#visible.slice(this.#taken, this.#taken + BATCH_SIZE);
    this.#taken += batch.length;
    if (this.#taken > 10_000) {
      this.#visible.splice(0, this.#taken);
      this.#taken = 0;
    }
    this.#running++;
    this.#work(batch, newEnvironment());
  }

  /** One after the other, as the function does. */
  #work(batch: readonly Message[], environment: ReturnType<typeof newEnvironment>): void {
    const [message, ...rest] = batch;
    if (!message) {
      this.#running--;
      this.#executions.giveBack();
      this.#poll();
      return;
    }
    message.receiveCount++;
    this.#world.events.after(this.#milliseconds, () => {
      carryOut(this.#world, message.roundTrips, message, environment, (isDone) => {
        this.#settle(message, isDone);
        this.#work(rest, environment);
      });
    });
  }

  #settle(message: Message, isDone: boolean): void {
    if (isDone) {
      this.#finished++;
      this.#oldest = Math.max(this.#oldest, this.#world.events.now - message.since);
    } else if (message.receiveCount === MAX_RECEIVE_COUNT) {
      this.#dead++;
    } else {
      const seconds = Math.min(FIRST_DELAY_SECONDS * 2 ** message.receiveCount, LONGEST_DELAY_SECONDS);
      this.#delay(message, seconds * (0.75 + this.#world.random() * 0.25));
    }
  }
}
