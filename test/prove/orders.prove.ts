import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SCENARIOS } from '../relying-party/sessions/interleaving/scenarios.ts';
import { playAllSchedules, playAnySchedule } from '../relying-party/sessions/interleaving/schedules.ts';
import { openStage, type Stage } from '../relying-party/sessions/interleaving/stage.ts';
import { seededRandom } from '../seeded-random.ts';

/** Of each scenario, on the engine. */
const SCHEDULES = Number(process.env.PROVE_SCHEDULES ?? 5);
/** Of the orders on the engine; another one each day, so that the runs add up. */
const SEED = Number(process.env.PROVE_SEED ?? Math.floor(Date.now() / 86_400_000));
/** Of each scenario, on the model. `PROVE_ORDERS=1000000` plays all of every scenario, which takes hours. */
const MAX_SCHEDULES = Number(process.env.PROVE_ORDERS ?? 50);

const { drawn } = vi.hoisted(() => ({ drawn: { count: 0 } }));
vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (size: number) => Buffer.alloc(size, `${drawn.count++} `),
}));

let stage: Stage;
let schedules = 0;
let complete = 0;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => {
  const played = SCENARIOS.length * SCHEDULES;
  process.stdout.write(
    `\n${SCENARIOS.length} scenarios: ${schedules} schedules on the model, which are all of ${complete} scenarios; ${played} on the engine, seed ${SEED}\n`,
  );
});

it.each(SCENARIOS)('$name, in every order of their operations, or in many by chance', async (scenario) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const random = seededRandom(SEED);
  const begin = async () => {
    drawn.count = 0;
    return await stage.onModel(scenario);
  };
  const inOrder = await playAllSchedules(begin, MAX_SCHEDULES);
  // Those that come first are all alike.
  const byChance = inOrder.areAll ? 0 : MAX_SCHEDULES;
  for (let count = 0; count < byChance; count++) {
    await playAnySchedule(await begin(), random);
  }
  schedules += inOrder.schedules + byChance;
  complete += Number(inOrder.areAll);
  vi.useRealTimers();
  for (let count = 0; count < SCHEDULES; count++) {
    await playAnySchedule(await stage.onEngine(scenario), random);
  }
  expect(schedules).toBeGreaterThan(0);
});
