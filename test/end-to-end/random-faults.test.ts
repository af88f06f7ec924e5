import { expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { logOutUnderFaults } from './random-faults.ts';

it('of logouts under random faults none is lost, and none is answered with success before its session is gone', async () => {
  const report = await logOutUnderFaults(15, 0.2, seededRandom(1), 3);
  expect(report).toMatchObject({ lost: 0, falseSuccesses: 0, deadLetters: 0 });
  expect(report.success + report.deferred).toBe(15);
  expect(report.faults).toBeGreaterThan(10);
});
