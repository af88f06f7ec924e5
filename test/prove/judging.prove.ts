import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Judge, startJudge } from '../receiver/logout/judge.ts';
import { JUDGING_PROPERTIES } from '../receiver/logout/judging-properties.ts';

const REQUESTS = Number(process.env.PROVE_REQUESTS ?? 100_000);
/** Another one each day, so that the runs add up; the same one again with PROVE_SEED. */
const SEED = Number(process.env.PROVE_SEED ?? Math.floor(Date.now() / 86_400_000));

let judge: Judge;
const verdicts = new Map<string, number>();

beforeAll(async () => {
  const { judge: verdictOn, ...rest } = await startJudge();
  judge = {
    ...rest,
    async judge(request) {
      const verdict = await verdictOn(request);
      const name = 'refused' in verdict ? verdict.refused : 'accepted';
      verdicts.set(name, (verdicts.get(name) ?? 0) + 1);
      return verdict;
    },
  };
});

afterAll(async () => {
  await judge.stop();
  const total = [...verdicts.values()].reduce((sum, count) => sum + count, 0);
  const rows = [...verdicts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count}\t${name}`);
  process.stdout.write(`\nseed ${SEED}: ${total} requests judged\n${rows.join('\n')}\n`);
});

it.each(JUDGING_PROPERTIES)('$name', async ({ property, share }) => {
  const numRuns = Math.ceil(REQUESTS * share);
  const { failed, counterexample, errorInstance } = await fc.check(await property(judge), { numRuns, seed: SEED });
  expect(failed, `${JSON.stringify(counterexample)}: ${errorInstance}`).toBe(false);
});
