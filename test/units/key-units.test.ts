import { describe, expect, it } from 'vitest';
import { KEY_UNITS, type KeyOperation } from '../../bench/cost/operation-units.ts';
import { refreshAhead } from '../../receiver/jwks/refresh-ahead.ts';
import { dynamodbCostOf } from '../dynamodb-cost.ts';
import { passSeconds, useFleet } from '../receiver/jwks/fleet.ts';

const fleet = useFleet();
/** As the stack has it. */
const AHEAD_SECONDS = 420;
const refresh = () => refreshAhead(fleet.table, fleet.op.location, AHEAD_SECONDS, () => undefined);

const OPERATIONS: Readonly<Record<KeyOperation, () => Promise<() => Promise<unknown>>>> = {
  'first look of a new instance': async () => {
    await refresh();
    const { find } = fleet.newInstance();
    return () => find('es256');
  },
  'later logout of an instance': async () => {
    const { find } = fleet.newInstance();
    await find('es256');
    return () => find('es256');
  },
  'refresh that is not due': async () => {
    fleet.op.headers = { 'cache-control': 'max-age=3600' };
    await refresh();
    return refresh;
  },
  'refresh that fetches': async () => {
    await refresh();
    passSeconds(600);
    return refresh;
  },
};

describe('the units and the round trips of a', () => {
  it.each(Object.entries(OPERATIONS))('%s', async (name, prepare) => {
    const expected = Object.entries(KEY_UNITS).find(([operation]) => operation === name)?.[1];
    const { writes, reads, roundTrips } = await dynamodbCostOf(fleet.table.client, await prepare());
    expect({ writes, reads, roundTrips }).toEqual(expected);
  });
});
