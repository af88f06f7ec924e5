import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../../seeded-random.ts';
import { SCENARIOS } from './scenarios.ts';
import { playAnySchedule } from './schedules.ts';
import { openStage, type Stage } from './stage.ts';

/** Of each scenario. All of them are for `npm run prove`. */
const SCHEDULES = 1;
// To play a schedule again, all must go the same way again: time stands still, and the random bytes in the sort keys of
// pointers come in order.
const { drawn } = vi.hoisted(() => ({ drawn: { count: 0 } }));
vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (size: number) => Buffer.alloc(size, `${drawn.count++} `),
}));

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterAll(() => {
  vi.useRealTimers();
});

describe('no session survives its logout, and no other session ends:', () => {
  it.each(SCENARIOS)('$name, in a sample of the orders of their operations', async (scenario) => {
    const random = seededRandom(1);
    for (let count = 0; count < SCHEDULES; count++) {
      drawn.count = 0;
      await playAnySchedule(await stage.onModel(scenario), random);
    }
    expect.assertions(SCHEDULES);
  });
});
