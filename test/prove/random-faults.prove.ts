import { expect, it } from 'vitest';
import { logOutUnderFaults } from '../end-to-end/random-faults.ts';
import { seededRandom } from '../seeded-random.ts';

const LOGOUTS = Number(process.env.PROVE_LOGOUTS ?? 200);
/** Of the faults; another one each day, so that the runs add up. */
const SEED = Number(process.env.PROVE_SEED ?? Math.floor(Date.now() / 86_400_000));

it('of very many logouts under random faults none is lost, and none is answered with success too early', async () => {
  const report = await logOutUnderFaults(LOGOUTS, 0.2, seededRandom(SEED));
  process.stdout.write(`\n${LOGOUTS} logouts under 20% faults, seed ${SEED}: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ lost: 0, falseSuccesses: 0 });
  expect(report.success + report.deferred).toBe(LOGOUTS);
});
