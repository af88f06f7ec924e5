import { describe, expect, it } from 'vitest';
import { ours } from '../../../bench/jwks/contestants.ts';
import { coldStart, rotation, withdrawal } from '../../../bench/jwks/scenarios.ts';
import { COOLDOWN_SECONDS } from '../../../receiver/jwks/fetch-slot.ts';
import { passSeconds, useFleet } from './fleet.ts';

const fleet = useFleet();
const stage = () => ({
  contestant: ours(fleet.op, fleet.table),
  op: fleet.op,
  clock: { advance: passSeconds },
  size: 10,
});

// Of the whole proof, which has fifty of them, a day, an outage and a flood: test/prove/fleet.prove.ts.
describe('instances with one table', () => {
  it('start at the same time with one fetch', async () => {
    expect(await coldStart(stage())).toMatchObject({ fetches: 1, outcomes: { verified: 10 } });
  });

  it('know a rotated key within a cooldown, and refuse no logout until then', async () => {
    const { secondsToKnowAll, good, goodAtLast } = await rotation(stage());
    expect(secondsToKnowAll).toBeLessThanOrEqual(COOLDOWN_SECONDS);
    expect(good.refused + goodAtLast.refused).toBe(0);
  });

  it('refuse a withdrawn key a minute after the refresh that shows it', async () => {
    expect((await withdrawal(stage())).seconds).toBeLessThanOrEqual(300 + 60);
  });
});
