import { expect, it, vi } from 'vitest';
import { firstViolation, newSetting } from './random-schedules/proof.ts';

vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (await import('./random-schedules/told-bytes.ts')).randomBytes,
}));
vi.mock('../../functions/logout/token-signature.ts', () => ({ verifySignature: async () => undefined }));

const SEED = Number(process.env.SEED ?? Math.floor(Date.now() / 86_400_000));
const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);
const FIRST = Number(process.env.FIRST ?? 0) + 1;

// A file of its own, so that both processors are at work.
it('no random schedule has a session that survives its logout, or ends one that nobody ordered to end: odd ones', async () => {
  const schedules = { seed: SEED, first: FIRST, count: SCHEDULES - 1, step: 2 };
  expect(await firstViolation(newSetting(), schedules)).toBeUndefined();
});
