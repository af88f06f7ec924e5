import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SCENARIOS } from './scenarios.ts';
import { playAllSchedules, playAnySchedule } from './schedules.ts';
import { openStage, type Stage } from './stage.ts';

/** Of each scenario. None has as many. */
const MAX_SCHEDULES = 2000;
/** Of each scenario: the model is exact where an engine answers the same, and `npm run fuzz` plays many more. */
const ENGINE_SCHEDULES = 3;

// To play a schedule again, all must go the same way again: the sort keys of pointers hold random bytes.
const { drawn } = vi.hoisted(() => ({ drawn: { count: 0 } }));
vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (size: number) => Buffer.alloc(size, `${drawn.count++} `),
}));

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

describe('no session survives its logout, and no other session ends:', () => {
  it.each(SCENARIOS)('$name, in every order of their operations', { timeout: 60_000 }, async (scenario) => {
    const schedules = await playAllSchedules(async () => {
      drawn.count = 0;
      return await stage.onModel(scenario);
    }, MAX_SCHEDULES);
    expect(schedules).toBeGreaterThan(0);
  });

  it.each(SCENARIOS)('$name, on an engine that answers as the model does', async (scenario) => {
    for (let count = 0; count < ENGINE_SCHEDULES; count++) {
      await playAnySchedule(await stage.onEngine(scenario), Math.random);
    }
    expect.assertions(ENGINE_SCHEDULES);
  });
});
