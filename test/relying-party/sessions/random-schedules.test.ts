import { expect, it, vi } from 'vitest';
import { Chance } from '../../prove/random-schedules/chance.ts';
import { firstViolation, newSetting } from '../../prove/random-schedules/proof.ts';
import { playSchedule } from '../../prove/random-schedules/schedule.ts';

vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (await import('../../prove/random-schedules/told-bytes.ts')).randomBytes,
}));
vi.mock('../../../receiver/logout/token-signature.ts', () => ({ verifySignature: async () => undefined }));

// `npm run prove` plays 100,000.
it('no random schedule has a session that survives its logout, or ends one that nobody ordered to end', async () => {
  expect(await firstViolation(newSetting(), { seed: 1, first: 0, count: 50, step: 1 })).toBeUndefined();
});

it('the same seed plays the same schedule, operation for operation', async () => {
  const seeds = [1, 2, 3, 4, 5].map((index) => new Chance(7).seedOf(index));
  const traces = async () => {
    const outcomes = [];
    for (const seed of seeds) {
      outcomes.push((await playSchedule(seed, newSetting(), undefined, true)).trace);
    }
    return outcomes;
  };
  expect(await traces()).toEqual(await traces());
});
