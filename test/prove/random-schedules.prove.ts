import { expect, it, vi } from 'vitest';
import { firstViolation, newSetting } from './random-schedules/proof.ts';

vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (await import('./random-schedules/told-bytes.ts')).randomBytes,
}));
vi.mock('../../functions/logout/token-signature.ts', () => ({ verifySignature: async () => undefined }));

/** Another one each day, so that the runs add up. */
const SEED = Number(process.env.SEED ?? Math.floor(Date.now() / 86_400_000));
const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);
const FIRST = Number(process.env.FIRST ?? 0);

it('no random schedule has a session that survives its logout, or ends one that nobody ordered to end: even ones', async () => {
  process.stdout.write(`\nrandom schedules ${FIRST} to ${FIRST + SCHEDULES - 1}: SEED=${SEED}\n`);
  const schedules = { seed: SEED, first: FIRST, count: SCHEDULES, step: 2 };
  expect(await firstViolation(newSetting(), schedules)).toBeUndefined();
});
