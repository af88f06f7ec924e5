import { expect, it } from 'vitest';
import { logOutUnderFaults } from './random-faults.ts';

it('of logouts under random faults none is lost, and none is answered with success before its session is gone', async () => {
  const report = await logOutUnderFaults(60, 0.2, Math.random);
  expect(report).toMatchObject({ lost: 0, falseSuccesses: 0, deadLetters: 0 });
  expect(report.success + report.deferred).toBe(60);
  expect(report.faults).toBeGreaterThan(10);
}, 120_000);
