import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../seeded-random.ts';
import { SCENARIOS } from './scenarios.ts';
import { playAnySchedule } from './schedules.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

/** One order of every twenty-fourth, the same in every run: `npm run prove` plays more of each. */
const SAMPLE = SCENARIOS.map((scenario, index) => ({ ...scenario, scenario, index })).filter(
  ({ index }) => index % 24 === 0,
);

it.each(SAMPLE)(
  'a DynamoDB engine answers as the model of the table does, and so it holds there: $name',
  async ({ scenario, index }) => {
    await playAnySchedule(await stage.onEngine(scenario), seededRandom(index));
    expect.assertions(1);
  },
);
