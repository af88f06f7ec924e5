import { expect, it } from 'vitest';
import { logOutUnderFaults } from '../end-to-end/random-faults.ts';

const LOGOUTS = Number(process.env.FUZZ_LOGOUTS ?? 1000);

it('of very many logouts under random faults none is lost, and none is answered with success too early', async () => {
  const report = await logOutUnderFaults(LOGOUTS, 0.2, Math.random);
  process.stdout.write(`\n${LOGOUTS} logouts under 20% faults: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ lost: 0, falseSuccesses: 0 });
  expect(report.success + report.deferred).toBe(LOGOUTS);
});
