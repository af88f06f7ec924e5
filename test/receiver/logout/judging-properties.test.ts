import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Judge, startJudge } from './judge.ts';
import { JUDGING_PROPERTIES } from './judging-properties.ts';

let judge: Judge;

beforeAll(async () => {
  judge = await startJudge();
});

afterAll(async () => {
  await judge.stop();
});

it.each(JUDGING_PROPERTIES)('$name', async ({ property }) => {
  // `npm run prove` plays more of each (`judging.prove.ts`).
  await fc.assert(await property(judge), { numRuns: 20, seed: 1 });
  // The judge saw the issuer's keys, and did not go back for every kid that it does not know.
  expect(judge.op.requests.get('/jwks')).toBe(1);
});
