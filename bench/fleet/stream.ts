import { carryOut, type Places, type World } from './carrying-out.ts';
import type { Deferral } from './deferral.ts';
import { type Executions, newEnvironment } from './environments.ts';
import { LOGOUT, LOOK } from './logout-calls.ts';
import type { StreamSettings } from './settings.ts';

/** Above it, a logout whose function died is finished late: it is three times what batching takes. */
const BEHIND_MILLISECONDS = 60_000;
const NO_EXECUTION_PAUSE = 1000;

interface Logout {
  readonly places: Places;
  readonly isHot: boolean;
  readonly at: number;
}

/** The function that looks after every logout that was begun: each shard is read in so many lanes, one batch at a time. */
export class StreamReaders {
  readonly #lanes: readonly Lane[];

  /**
   * @param shards about one for each partition of the table
   * @param milliseconds that the function computes for a logout
   */
  constructor(
    world: World,
    executions: Executions,
    deferral: Deferral,
    settings: StreamSettings,
    shards: number,
    milliseconds: number,
  ) {
    const lanes = shards * settings.parallelizationFactor;
    this.#lanes = Array.from({ length: lanes }, () => new Lane(world, executions, deferral, settings, milliseconds));
  }

  add(places: Places, isHot: boolean): void {
    this.#lanes[Math.floor(places.token * this.#lanes.length)]?.add(places, isHot);
  }

  /** Seconds that a logout had to wait for the look, at most. */
  get oldestSeconds(): number {
    return Math.max(...this.#lanes.map(({ oldest }) => oldest)) / 1000;
  }

  get looks(): number {
    return this.#lanes.reduce((sum, { looks }) => sum + looks, 0);
  }
}

class Lane {
  readonly #world: World;
  readonly #executions: Executions;
  readonly #deferral: Deferral;
  readonly #settings: StreamSettings;
  readonly #milliseconds: number;
  readonly #environment = newEnvironment();
  #waiting: Logout[] = [];
  #isBusy = false;
  oldest = 0;
  looks = 0;

  constructor(
    world: World,
    executions: Executions,
    deferral: Deferral,
    settings: StreamSettings,
    milliseconds: number,
  ) {
    this.#world = world;
    this.#executions = executions;
    this.#deferral = deferral;
    this.#settings = settings;
    this.#milliseconds = milliseconds;
  }

  add(places: Places, isHot: boolean): void {
    const { batchSize, windowSeconds } = this.#settings;
    this.#waiting.push({ places, isHot, at: this.#world.events.now });
    if (this.#waiting.length === 1 && !this.#isBusy) {
      this.#world.events.after(windowSeconds * 1000, () => this.#take());
    } else if (this.#waiting.length === batchSize) {
      this.#take();
    }
  }

  #take(): void {
    if (this.#isBusy || this.#waiting.length === 0) {
      return;
    }
    if (!this.#executions.take()) {
      this.#world.events.after(NO_EXECUTION_PAUSE, () => this.#take());
      return;
    }
    this.#isBusy = true;
    const batch = this.#waiting.slice(0, this.#settings.batchSize);
    this.#waiting = this.#waiting.slice(batch.length);
    this.#look(batch);
  }

  /** So many at once, then the next ones. The time that the function computes is one core's, however many it looks at. */
  #look(batch: readonly Logout[]): void {
    const { events } = this.#world;
    const now = batch.slice(0, this.#settings.looksAtOnce);
    if (now.length === 0) {
      this.#isBusy = false;
      this.#executions.giveBack();
      this.#goOn();
      return;
    }
    events.after(this.#milliseconds * now.length, () => {
      let left = now.length;
      for (const logout of now) {
        carryOut(this.#world, LOOK, logout, this.#environment, (isDone) => {
          this.#settle(logout, isDone);
          left--;
          if (left === 0) {
            this.#look(batch.slice(now.length));
          }
        });
      }
    });
  }

  #goOn(): void {
    const { batchSize, windowSeconds } = this.#settings;
    const [first] = this.#waiting;
    if (first) {
      const waited = this.#world.events.now - first.at;
      const wait = this.#waiting.length >= batchSize ? 0 : windowSeconds * 1000 - waited;
      this.#world.events.after(wait, () => this.#take());
    }
  }

  /** What cannot be looked at is put into the queue of deferred logouts, and carried out again. */
  #settle({ places, isHot, at }: Logout, isDone: boolean): void {
    const { events, troubles } = this.#world;
    const age = events.now - at;
    this.looks++;
    this.oldest = Math.max(this.oldest, age);
    if (age > BEHIND_MILLISECONDS) {
      troubles.note('stream behind', events.now);
    }
    if (!isDone) {
      this.#deferral.put(places, isHot, LOGOUT);
    }
  }
}
