import { expect, it, vi } from 'vitest';
import { chosenHalf } from './random-schedules/chosen.ts';
import { firstViolation, newSetting } from './random-schedules/proof.ts';

vi.mock('node:crypto', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  randomBytes: (await import('./random-schedules/told-bytes.ts')).randomBytes,
}));
vi.mock('../../receiver/logout/token-signature.ts', () => ({ verifySignature: async () => undefined }));

// Two files, so that both processors are at work.
it('in no random schedule a session survives its logout, or ends without an order: even ones', async () => {
  expect(await firstViolation(newSetting(), chosenHalf(0))).toBeUndefined();
});
