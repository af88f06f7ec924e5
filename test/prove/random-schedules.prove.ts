import { expect, it, vi } from 'vitest';
import { firstViolation, newSetting } from './random-schedules/proof.ts';

vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (await import('./random-schedules/told-bytes.ts')).randomBytes,
}));
vi.mock('../../functions/logout/token-signature.ts', () => ({ verifySignature: async () => undefined }));

const SEED = Number(process.env.SEED ?? Math.floor(Date.now() / 1000));
const SCHEDULES = Number(process.env.SCHEDULES ?? 50_000);
const FIRST = Number(process.env.FIRST ?? 0);

it('no random schedule has a session that survives its logout, or ends one that nobody ordered to end', async () => {
  process.stdout.write(`\nrandom schedules ${FIRST} to ${FIRST + SCHEDULES} of SEED=${SEED}\n`);
  const started = performance.now();
  const violation = await firstViolation(newSetting(), { seed: SEED, first: FIRST, count: SCHEDULES, step: 1 });
  process.stdout.write(`${SCHEDULES} schedules in ${Math.round((performance.now() - started) / 1000)} s\n`);
  expect(violation).toBeUndefined();
});
