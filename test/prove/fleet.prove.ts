import { describe, expect, it } from 'vitest';
import { ours } from '../../bench/jwks/contestants.ts';
import {
  coldOutage,
  coldStart,
  day,
  flood,
  INSTANCES,
  outage,
  rotation,
  withdrawal,
} from '../../bench/jwks/scenarios.ts';
import { COOLDOWN_SECONDS } from '../../receiver/jwks/fetch-slot.ts';
import { passSeconds, useFleet } from '../receiver/jwks/fleet.ts';

const fleet = useFleet();
const stage = () => ({
  contestant: ours(fleet.op, fleet.table, (event) => fleet.events.push(event)),
  op: fleet.op,
  clock: { advance: passSeconds },
});
const only = (outcome: string, count: number) => ({
  verified: 0,
  deferred: 0,
  failed: 0,
  refused: 0,
  [outcome]: count,
});

describe('fifty instances with one table', () => {
  it('start at the same time with one fetch', async () => {
    expect(await coldStart(stage())).toEqual({ fetches: 1, outcomes: only('verified', INSTANCES) });
  });

  it('live through a day with the scheduled fetches only', async () => {
    const { fetches, refreshes, outcomes } = await day(stage(), 25);
    expect(fetches).toBe(refreshes + 1);
    expect(outcomes.verified).toBeGreaterThan(57 * INSTANCES);
    expect(outcomes).toEqual(only('verified', outcomes.verified));
    expect(fleet.events.filter(({ type }) => type === 'slot_lost' || type === 'keys_doubted')).toEqual([]);
  });

  it('make one fetch per cooldown under a flood of random kids, and know a rotated key within one', async () => {
    const { fetches, secondsToKnowAll, madeUp, good, goodAtLast } = await flood(stage(), 200);
    expect(fetches).toBeLessThanOrEqual(Math.ceil(60 / COOLDOWN_SECONDS));
    expect(secondsToKnowAll).toBeLessThanOrEqual(COOLDOWN_SECONDS);
    expect(madeUp.verified).toBe(0);
    // No good logout is refused or left to the OP, whatever is sent beside it; nor does anybody who names a kid hear more.
    expect([good.refused, good.failed, madeUp.refused, madeUp.failed]).toEqual([0, 0, 0, 0]);
    expect(goodAtLast).toEqual(only('verified', goodAtLast.verified));
  });

  it('lose no logout to a rotation while nobody floods them', async () => {
    const { secondsToKnowAll, good, goodAtLast } = await rotation(stage());
    // The refresh that came just before it has used up nothing that requests need.
    expect(secondsToKnowAll).toBe(1);
    expect([good, goodAtLast]).toEqual([only('verified', INSTANCES), only('verified', INSTANCES)]);
  });

  it('carry out every logout with a known key while the issuer fails for 23 hours, and defer them when it is a day', async () => {
    const { fetches, warm, cold, lastHour } = await outage(stage(), 25);
    const none = { failed: 0, refused: 0 };
    expect(warm).toEqual({ ...none, verified: 23 * INSTANCES, deferred: 2 * INSTANCES });
    // Also on instances that start meanwhile.
    expect(cold).toEqual({ ...none, verified: 23, deferred: 2 });
    expect(lastHour).toEqual(only('deferred', INSTANCES));
    // The refreshes, and once an hour a request.
    expect(fetches).toBeLessThanOrEqual(25 * (12 + 1));
  });

  it('leave an issuer alone that fails from the start', async () => {
    const { fetches, outcomes } = await coldOutage(stage());
    expect(fetches).toBe(3);
    expect(outcomes).toEqual(only('deferred', 60 * INSTANCES));
  });

  it('refuse a withdrawn key a minute after the refresh that shows it', async () => {
    expect((await withdrawal(stage())).seconds).toBeLessThanOrEqual(300 + 60);
  });
});
