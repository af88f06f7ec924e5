import type { Schedules } from './proof.ts';

/** Another one each day, so that the runs add up; the same one again with SEED. */
const SEED = Number(process.env.SEED ?? Math.floor(Date.now() / 86_400_000));
const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);
const FIRST = Number(process.env.FIRST ?? 0);

/** Half of the schedules that were asked for: the other half is played by another process. */
export function chosenHalf(half: 0 | 1): Schedules {
  const [first, last] = [FIRST + half, FIRST + SCHEDULES - 1];
  process.stdout.write(`\nrandom schedules ${first} to ${last}, every other: SEED=${SEED}\n`);
  return { seed: SEED, first, count: SCHEDULES - half, step: 2 };
}
