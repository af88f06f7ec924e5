import { beforeAll, expect, it } from 'vitest';
import { SCENARIOS } from './scenarios.ts';
import { playAnySchedule } from './schedules.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

// One order of each, chosen by chance: `npm run fuzz` plays many.
it.each(SCENARIOS)(
  'a DynamoDB engine answers as the model of the table does, and so it holds there: $name',
  async (scenario) => {
    await playAnySchedule(await stage.onEngine(scenario), Math.random);
    expect.assertions(1);
  },
);
