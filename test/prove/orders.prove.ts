import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SCENARIOS } from '../relying-party/sessions/interleaving/scenarios.ts';
import { playAllSchedules, playAnySchedule } from '../relying-party/sessions/interleaving/schedules.ts';
import { openStage, type Stage } from '../relying-party/sessions/interleaving/stage.ts';
import { seededRandom } from '../seeded-random.ts';

/** Of each scenario, on the engine. */
const SCHEDULES = Number(process.env.PROVE_SCHEDULES ?? 5);
/** Of the orders on the engine; another one each day, so that the runs add up. */
const SEED = Number(process.env.PROVE_SEED ?? Math.floor(Date.now() / 86_400_000));
/** Of each scenario. None has as many. */
const MAX_SCHEDULES = 100_000;

const { drawn } = vi.hoisted(() => ({ drawn: { count: 0 } }));
vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (size: number) => Buffer.alloc(size, `${drawn.count++} `),
}));

let stage: Stage;
let schedules = 0;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => {
  const played = SCENARIOS.length * SCHEDULES;
  process.stdout.write(
    `\n${SCENARIOS.length} scenarios: ${schedules} schedules on the model, which are all; ${played} on the engine, seed ${SEED}\n`,
  );
});

it.each(SCENARIOS)('$name, in every order of their operations', async (scenario) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  schedules += await playAllSchedules(async () => {
    drawn.count = 0;
    return await stage.onModel(scenario);
  }, MAX_SCHEDULES);
  vi.useRealTimers();
  const random = seededRandom(SEED);
  for (let count = 0; count < SCHEDULES; count++) {
    await playAnySchedule(await stage.onEngine(scenario), random);
  }
  expect(schedules).toBeGreaterThan(0);
});
