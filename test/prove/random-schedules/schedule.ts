import type { LogoutParts } from '../../../receiver/logout/logout.ts';
import type { Item } from '../../relying-party/sessions/interleaving/table-model.ts';
import { Actor } from './actor.ts';
import { Chance } from './chance.ts';
import { Deeds } from './deeds.ts';
import { ExpressDeeds } from './express-deeds.ts';
import { type Allowances, LogoutDeeds } from './logout-deeds.ts';
import { type Phase, type Planned, planOf } from './plan.ts';
import { Play } from './play.ts';
import { Stores } from './stores.ts';
import { tellBytes } from './told-bytes.ts';
import { Truth } from './truth.ts';

/** What the schedules are played with. */
export interface Setting {
  readonly parts: Omit<LogoutParts, 'sessionsTable'>;
  readonly allowances: Allowances;
}

/** What is left out of a schedule to make it shorter: steps as `actor.step`, and faults by their operations. */
export interface Omitted {
  readonly steps: ReadonlySet<string>;
  readonly faults: ReadonlySet<string>;
}

export interface Outcome {
  readonly violations: readonly string[];
  /** Operations in the order in which they were carried out. */
  readonly trace: readonly string[];
  /** All that was done, as `actor.step`, and what. */
  readonly steps: ReadonlyMap<string, string>;
  /** Operations that something happened to. */
  readonly faults: readonly string[];
}

const NOTHING: Omitted = { steps: new Set(), faults: new Set() };
/** Epoch milliseconds, in the middle of a second. */
const START = 1_800_000_000_400;
const HOUR = 3600;

/** Plays the schedule of a seed: the same each time. */
export async function playSchedule(
  seed: number,
  setting: Setting,
  omitted = NOTHING,
  isTold = false,
): Promise<Outcome> {
  const realNow = Date.now;
  try {
    return await new Schedule(seed, setting, omitted, isTold).play();
  } finally {
    Date.now = realNow;
  }
}

class Schedule {
  readonly #chance: Chance;
  readonly #plan;
  readonly #play: Play;
  readonly #truth: Truth;
  readonly #deeds: Deeds;
  readonly #logouts: LogoutDeeds;
  readonly #omitted: Omitted;
  readonly #steps = new Map<string, string>();
  /** Tokens that the table's stream has told of, and whose logouts it has still to look after. */
  readonly #claims = new Map<string, Item>();
  readonly #told = new Set<string>();
  #helpers = 0;

  constructor(seed: number, { parts, allowances }: Setting, omitted: Omitted, isTold: boolean) {
    this.#chance = new Chance(seed);
    this.#plan = planOf(this.#chance);
    this.#omitted = omitted;
    this.#play = new Play(this.#chance, { share: this.#plan.faultShare, spared: omitted.faults, isTold }, START);
    this.#truth = new Truth(this.#play);
    const express = new ExpressDeeds(this.#play, this.#truth, this.#chance, this.#plan.opOffset);
    const stores = new Stores(this.#play, (session) => express.identityOf(session));
    express.use(stores);
    this.#logouts = new LogoutDeeds(this.#play, this.#truth, stores, parts, this.#plan.opOffset, allowances);
    this.#deeds = new Deeds(this.#play, this.#truth, stores, express, this.#logouts);
    this.#play.onSent = (name, input) => {
      if (name === 'PutItem') {
        this.#truth.foresee(input, this.#play.actor?.login);
      }
    };
  }

  async play(): Promise<Outcome> {
    tellBytes(this.#chance);
    Date.now = () => this.#play.clock;
    for (const phase of this.#plan.phases) {
      this.#pass(phase);
      for (const planned of phase.actors) {
        this.#begin(planned);
      }
      await this.#untilQuiet();
    }
    this.#play.isCalm = true;
    for (const item of this.#claims.values()) {
      this.#finish(item);
    }
    await this.#untilQuiet();
    return {
      violations: [...new Set(this.#truth.violations)],
      trace: this.#play.trace,
      steps: this.#steps,
      faults: this.#play.faulty,
    };
  }

  async #untilQuiet(): Promise<void> {
    await this.#play.untilQuiet(() => {
      this.#truth.watch();
      this.#hearOfClaims();
    });
    this.#truth.checkQuiet();
  }

  /** Lets time go by, and DynamoDB delete what is over, or not yet. */
  #pass({ secondsBefore }: Phase): void {
    this.#play.time += secondsBefore * 1000;
    if (secondsBefore > HOUR) {
      this.#truth.outlived();
      for (const { pk, sk, expiresAt } of this.#play.table.items) {
        const name = `time to live of ${pk} ${sk}`;
        if (Number(expiresAt) * 1000 < this.#play.time && this.#chance.isSo(name, 0.5)) {
          this.#play.schedule(name, () => this.#expire(pk, sk));
        }
      }
    }
    for (const token of this.#logouts.takeFailed()) {
      const step = { name: 'again', deed: { does: 'deliver' as const, token, anew: false } };
      this.#begin({ name: `retry${this.#helpers++}`, clockOffset: 0, steps: [step] });
    }
  }

  #expire(pk: string, sk: string): void {
    if (Number(this.#play.table.at({ pk, sk })?.expiresAt) * 1000 < this.#play.time) {
      this.#play.table.expire({ pk, sk });
    }
  }

  #begin({ name, clockOffset, steps }: Planned): void {
    const actor = new Actor(name, clockOffset);
    const kept = steps.filter((step) => !this.#omitted.steps.has(`${name}.${step.name}`));
    for (const step of kept) {
      this.#steps.set(`${name}.${step.name}`, JSON.stringify(step.deed));
    }
    if (kept.length > 0) {
      this.#play.begin(actor, async () => {
        for (const step of kept) {
          actor.begin(step.name);
          await this.#deeds.carryOut(actor, step.deed);
        }
      });
    }
  }

  /** The stream tells of each token once, some time after it was claimed. */
  #hearOfClaims(): void {
    for (const item of this.#play.table.items) {
      if (item.sk === 'JTI' && !this.#told.has(item.pk)) {
        this.#told.add(item.pk);
        this.#claims.set(item.pk, item);
        if (this.#chance.isSo(`stream of ${this.#told.size}`, 0.4)) {
          this.#finish(item);
        }
      }
    }
  }

  #finish(item: Item): void {
    const actor = new Actor(`stream${this.#helpers++}`, 0);
    this.#play.begin(actor, async () => {
      actor.begin('0');
      try {
        await this.#logouts.finish(item);
        this.#claims.delete(item.pk);
      } catch (error) {
        // It stays among the claims.
        if (!actor.isDisturbed) {
          this.#truth.violated(`an interrupted logout could not be finished: ${error}`);
        }
      }
    });
  }
}
