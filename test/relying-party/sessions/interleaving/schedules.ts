import { setImmediate } from 'node:timers/promises';
import type { Actor } from './actor.ts';
import { areIndependent, type Operation } from './operation.ts';

/** A point of a schedule at which one of several operations comes next. By their ids: items differ in each schedule. */
interface Choice {
  chosen: string;
  /** Chosen here in earlier schedules. */
  readonly tried: string[];
  /** To be chosen here in later ones. */
  readonly open: string[];
}

/** Actors that have begun, on items that nobody else has, and what they must not do. */
export interface Play {
  readonly actors: readonly Actor[];
  /** Called after each operation, when all are at rest. */
  watch(): Promise<void>;
  /** Called when all are at rest for good, with the order in which they got there. */
  check(order: readonly string[]): Promise<void>;
}

/**
 * Goes through the schedules of concurrent actors: all orders of their operations in which any two that touch the same
 * items change places. Orders that differ only in operations that have nothing to do with each other count as one
 * (sleep sets: P. Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 1996, chapter 5).
 *
 * @param begin begins the same play each time
 * @param max schedules to go through
 * @returns how many schedules there were, and whether those were all
 */
export async function playAllSchedules(
  begin: () => Promise<Play>,
  max: number,
): Promise<{ readonly schedules: number; readonly areAll: boolean }> {
  const choices: Choice[] = [];
  let schedules = 0;
  do {
    const play = await begin();
    const order = await playSchedule(play, choices);
    if (order) {
      await play.check(order);
      schedules++;
    }
    if (!changeLastChoice(choices)) {
      return { schedules, areAll: true };
    }
  } while (schedules < max);
  return { schedules, areAll: false };
}

/** Plays one schedule in which chance has every choice. */
export async function playAnySchedule({ actors, watch, check }: Play, random: () => number): Promise<void> {
  const order: string[] = [];
  for (let waiting = await restOf(actors); waiting.length > 0; waiting = await restOf(actors)) {
    await watch();
    const next = waiting[Math.floor(random() * waiting.length)];
    order.push(`${next?.operation.id} ${next?.operation.name}`);
    await next?.release();
  }
  await check(order);
}

/** @returns undefined where all that is left to do was seen in another schedule */
async function playSchedule({ actors, watch }: Play, choices: Choice[]): Promise<string[] | undefined> {
  const order: string[] = [];
  let asleep: Operation[] = [];
  for (let depth = 0; ; depth++) {
    const waiting = await restOf(actors);
    await watch();
    if (waiting.length === 0) {
      return order;
    }
    const awake = waiting.map(({ operation }) => operation.id).filter((id) => !asleep.some((other) => other.id === id));
    const [first, ...open] = awake;
    const choice = choices[depth] ?? (first === undefined ? undefined : { chosen: first, tried: [], open });
    if (!choice) {
      return undefined;
    }
    choices[depth] = choice;
    const { chosen, tried } = choice;
    const next = waiting.find(({ operation }) => operation.id === chosen);
    if (!next) {
      throw new Error(`${chosen} came in an earlier schedule, and does not after the same beginning`);
    }
    const others = waiting.map(({ operation }) => operation).filter(({ id }) => tried.includes(id));
    asleep = [...asleep, ...others].filter((operation) => areIndependent(operation, next.operation));
    order.push(`${chosen} ${next.operation.name}`);
    await next.release();
  }
}

/** Waits until nobody does anything more by itself. @returns what waits to be let go */
async function restOf(actors: readonly Actor[]) {
  do {
    await setImmediate();
  } while (!actors.every(({ isAtRest }) => isAtRest));
  return actors.flatMap(({ waiting }) => waiting);
}

/** @returns false where there is no other choice left */
function changeLastChoice(choices: Choice[]): boolean {
  for (let last = choices.at(-1); last; last = choices.at(-1)) {
    const [next, ...open] = last.open;
    if (next !== undefined) {
      choices[choices.length - 1] = { chosen: next, tried: [...last.tried, last.chosen], open };
      return true;
    }
    choices.pop();
  }
  return false;
}
