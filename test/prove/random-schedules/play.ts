import { setImmediate } from 'node:timers/promises';
import { TableModel } from '../../relying-party/sessions/interleaving/table-model.ts';
import type { Actor } from './actor.ts';
import type { Chance } from './chance.ts';
import { FAULTS, type Fate } from './fate.ts';

/** Something that waits to happen. */
interface Waiting {
  /** For the trace. */
  readonly label: string;
  /** Milliseconds that pass before it. */
  readonly pause: number;
  /** What has the least happens next. */
  readonly rank: number;
  readonly actor: Actor | undefined;
  happen(): void;
}

/** What may go wrong in a schedule. */
export interface Faults {
  /** Of the operations, 0 to 1. */
  readonly share: number;
  /** Operations to which nothing may happen. */
  readonly spared: ReadonlySet<string>;
  /** Whether the trace is for a reader, and tells what operations are about. */
  readonly isTold: boolean;
}

const MAX_TURNS = 1000;

/** Carries out one schedule: its operations one after the other, in an order that chance has chosen. */
export class Play {
  readonly table: TableModel;
  /** What happened, in order. */
  readonly trace: string[] = [];
  /** Operations that something happened to. */
  readonly faulty: string[] = [];
  /** Epoch milliseconds. */
  time: number;
  /** Who is at work: only one ever is. */
  actor: Actor | undefined;
  /** Whether nothing goes wrong from now on. */
  isCalm = false;
  /** Told of all that is sent. */
  onSent: (name: string, input: unknown) => void = () => undefined;
  readonly #chance: Chance;
  readonly #faults: Faults;
  #waiting: Waiting[] = [];
  #count = 0;

  constructor(chance: Chance, faults: Faults, time: number) {
    this.#chance = chance;
    this.#faults = faults;
    this.time = time;
    this.table = new TableModel(chance.isSo('small pages', 0.2) ? 1 : Number.POSITIVE_INFINITY);
  }

  /** How many things have happened. */
  get now(): number {
    return this.#count;
  }

  /** Epoch milliseconds by the clock of whoever is at work. */
  get clock(): number {
    return this.time + (this.actor?.clockOffset ?? 0);
  }

  /** Lets an actor begin, some time. */
  begin(actor: Actor, work: () => Promise<void>): void {
    const name = `${actor.name} begins`;
    this.#wait(name, name, actor, () => {
      actor.isWorking = true;
      const end = () => {
        actor.isWorking = false;
      };
      void work().then(end, end);
    });
  }

  /** Lets something happen that nobody does. */
  schedule(name: string, happen: () => void): void {
    this.#wait(name, name, undefined, happen);
  }

  /** Goes on until nothing waits any more. @param watch is called after everything that happened */
  async untilQuiet(watch: () => void): Promise<void> {
    for (let next = this.#takeNext(); next; next = this.#takeNext()) {
      this.#count += 1;
      this.time += next.pause;
      this.trace.push(next.label);
      this.actor = next.actor;
      next.happen();
      await this.#untilAtRest();
      watch();
    }
    this.actor = undefined;
  }

  async #untilAtRest(): Promise<void> {
    await setImmediate();
    if (this.actor?.isCalledBack) {
      // It may have been called back in that very turn, and go on.
      await setImmediate();
    }
    for (let turns = 0; this.actor && !this.actor.isAtRest; turns++) {
      if (turns === MAX_TURNS) {
        throw new Error(`${this.actor.name} waits for something that is not in the schedule`);
      }
      await setImmediate();
    }
  }

  /** What `send` of the actor's client does. */
  async carryOut(name: string, input: unknown): Promise<unknown> {
    const { actor } = this;
    if (!actor || actor.isDead) {
      return await new Promise(() => undefined);
    }
    this.onSent(name, input);
    const operation = actor.nextOperation();
    const fate = this.#fateOf(operation);
    actor.suffer(fate);
    if (fate === 'die') {
      return await new Promise(() => undefined);
    }
    const label = `${operation} ${name}${this.#faults.isTold ? subjectOf(input) : ''}`;
    return await new Promise((resolve, reject) => {
      actor.waiting += 1;
      const answer = (settle: () => void) => {
        actor.waiting -= 1;
        settle();
      };
      const isSentTwice = fate === 'answer the second' || fate === 'come again';
      const carriedOut = () => {
        if (name === 'BatchGetItem') {
          actor.lastBatchRead = this.#count;
        }
        return isSentTwice ? refusedTwice(() => this.table.answer(name, input)) : this.table.answer(name, input);
      };
      const answered = () => answer(() => settleWith(carriedOut, resolve, reject));
      this.#wait(operation, fate === 'pass' ? label : `${label} (${fate})`, actor, () => {
        switch (fate) {
          case 'lose request':
            return answer(() => reject(new Error('the request was lost')));
          case 'lose answer':
            quietly(carriedOut);
            return answer(() => reject(new Error('the answer was lost')));
          case 'come late':
            this.#wait(`${operation} late`, `${label} (late)`, undefined, () => quietly(carriedOut), 1);
            return answer(() => reject(new Error('the answer did not come in time')));
          case 'come again':
            this.#wait(`${operation} again`, `${label} (again)`, undefined, () => quietly(carriedOut), 0.5);
            return answered();
          case 'answer the second':
            quietly(carriedOut);
            return this.#wait(`${operation} second`, `${label} (second)`, actor, answered);
          default:
            return answered();
        }
      });
    });
  }

  /**
   * @param name what chance goes by
   * @param later 0 to 1: how much later than others it comes
   */
  #wait(name: string, label: string, actor: Actor | undefined, happen: () => void, later = 0): void {
    const share = this.#chance.of(`pause before ${name}`);
    const pause = share < 0.85 ? Math.floor(share * 40) : Math.floor((share - 0.85) * 10_000);
    this.#waiting.push({ label, pause, rank: this.#chance.of(`rank of ${name}`) + later, actor, happen });
  }

  #takeNext(): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (!next || waiting.rank < next.rank) {
        next = waiting;
      }
    }
    this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    return next;
  }

  #fateOf(operation: string): Fate {
    const { share, spared } = this.#faults;
    if (this.isCalm || spared.has(operation) || !this.#chance.isSo(`fault of ${operation}`, share)) {
      return 'pass';
    }
    this.faulty.push(operation);
    return this.#chance.pick(`kind of fault of ${operation}`, FAULTS);
  }
}

function settleWith(work: () => unknown, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  try {
    resolve(work());
  } catch (error) {
    reject(error);
  }
}

/** The SDK says so of what it has sent twice. */
function refusedTwice<Result>(answer: () => Result): Result {
  try {
    return answer();
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(String(error)), { $metadata: { attempts: 2 } });
  }
}

/** Nobody waits for the answer. */
function quietly(work: () => unknown): void {
  settleWith(
    work,
    () => undefined,
    () => undefined,
  );
}

/** For the reader of a trace. */
function subjectOf(input: unknown): string {
  const text = JSON.stringify(input);
  const [, pk = '', sk = ''] = /"pk":"([^"]*)","sk":"([^"]*)"/.exec(text) ?? /":pk":"([^"]*)"()/.exec(text) ?? [];
  return ` ${pk} ${sk}`;
}
