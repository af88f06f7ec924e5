import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SCENARIOS } from './scenarios.ts';
import { playAllSchedules } from './schedules.ts';
import { openStage, type Stage } from './stage.ts';

/** Of each scenario. None has as many. */
const MAX_SCHEDULES = 2000;
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
  it.each(SCENARIOS.filter(({ isLong }) => !isLong))(
    '$name, in every order of their operations',
    { timeout: 60_000 },
    async (scenario) => {
      const schedules = await playAllSchedules(async () => {
        drawn.count = 0;
        return await stage.onModel(scenario);
      }, MAX_SCHEDULES);
      expect(schedules).toBeGreaterThan(0);
    },
  );
});
