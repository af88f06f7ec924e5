import { describe, expect, it } from 'vitest';
import { OPERATION_UNITS } from '../../../bench/cost/operation-units.ts';
import { AWS_LIMITS } from '../../../bench/fleet/aws-limits.ts';
import { BY_DEFAULT, settingsFor } from '../../../bench/fleet/fleets.ts';
import { LOGOUT, LOOK, unitsOf } from '../../../bench/fleet/logout-calls.ts';
import { SERVICE_TIMES } from '../../../bench/fleet/service-times.ts';
import type { Load, Scenario, Settings } from '../../../bench/fleet/settings.ts';
import { type Outcome, simulate } from '../../../bench/fleet/simulation.ts';

const PLENTY = { writeUnitsPerSecond: 1e6, readUnitsPerSecond: 3e6 };

/** In which nothing is scarce but what is said. */
function withPlenty(scarce: Partial<Settings>, load: Partial<Load> = {}): Scenario {
  const throttle = { rateLimit: 1e6, burstLimit: 1e6 };
  const settings = {
    ...BY_DEFAULT,
    ...{ throttle, apiAccount: throttle, concurrentExecutions: 1e6, newEnvironmentsPerTenSeconds: 1e6 },
    ...{ warmThroughput: { writeUnitsPerSecond: 1e5, readUnitsPerSecond: 3e5 }, tableQuota: PLENTY },
    stream: { ...BY_DEFAULT.stream, parallelizationFactor: 10 },
    ...scarce,
  };
  return {
    settings,
    times: SERVICE_TIMES,
    drainSeconds: 3600,
    load: { perSecond: 200, seconds: 3, shared: 'nothing', ...load },
  };
}

const byDefault = (perSecond: number, seconds = 2, settings = BY_DEFAULT): Scenario => ({
  ...{ settings, times: SERVICE_TIMES, drainSeconds: 3600 },
  load: { perSecond, seconds, shared: 'nothing' },
});

const fewer = { writeUnitsPerSecond: 1000, readUnitsPerSecond: 3000 };

const SCENARIOS: readonly (readonly [what: string, scenario: Scenario])[] = [
  ['the default at 100 a second', byDefault(100)],
  ['the default at 1,500 a second', byDefault(1500)],
  ['a table that is too small', withPlenty({ warmThroughput: fewer }, { perSecond: 400 })],
  [
    'a table that is too small, and little time afterwards',
    { ...withPlenty({ warmThroughput: fewer }, { perSecond: 400 }), drainSeconds: 60 },
  ],
  ['one scope for all', withPlenty({}, { perSecond: 800, seconds: 2, shared: 'scope' })],
  ['ten executions', withPlenty({ concurrentExecutions: 10 })],
];

it.each([
  ['logout by sid', LOGOUT],
  ['look after a logout that is done', LOOK],
] as const)('the calls of a %s are those that are measured', (operation, roundTrips) => {
  const measured = OPERATION_UNITS[operation];
  expect({ ...unitsOf(roundTrips), roundTrips: roundTrips.length }).toEqual(measured);
});

describe('a simulated fleet', () => {
  it.each(SCENARIOS)('loses sight of no logout: %s', (_what, scenario) => {
    const { arrived, accepted, deferred, throttled, lost, queue, stream } = simulate(scenario, 1);
    expect(accepted + deferred + throttled + lost).toBe(arrived);
    expect(queue.finished + queue.deadLettered + queue.queued).toBe(queue.kept);
    expect(queue.kept).toBeGreaterThanOrEqual(deferred);
    // What was accepted has been claimed, and so the stream tells of it.
    expect(stream.looks).toBeGreaterThanOrEqual(scenario.drainSeconds < 3600 ? 0 : accepted);
  });

  it('is the same for the same seed, and another for another one', () => {
    const scenario = byDefault(50, 2);
    expect(simulate(scenario, 7)).toEqual(simulate(scenario, 7));
    expect(simulate(scenario, 7).answerTimes).not.toEqual(simulate(scenario, 8).answerTimes);
  });

  it('refuses what Erlang’s loss formula says, where executions alone are scarce', () => {
    const executions = 10;
    const times = { ...SERVICE_TIMES, coldStart: 0, firstLogoutCpu: 0 };
    const load = { perSecond: 250, seconds: 30, shared: 'nothing' as const };
    const outcome = simulate(
      { ...withPlenty({ reservedConcurrency: executions, requestsPerSecondForEachExecution: 1e6 }), times, load },
      1,
    );
    const offered = (outcome.arrived / load.seconds) * (meanOf(outcome.answerTimes) / 1000);
    expect(Math.abs(outcome.lost / outcome.arrived - erlangB(executions, offered))).toBeLessThan(0.02);
    expect(outcome.lost / outcome.arrived).toBeGreaterThan(0.1);
  });

  it('has on average as many executions as Little’s law says', () => {
    const outcome = simulate(byDefault(200, 10), 1);
    const { least, further } = SERVICE_TIMES.dynamodb;
    // The last of several calls at once comes after the sum of 1, 1/2, 1/3 and so on of the mean.
    const lastOf = (calls: number) =>
      Array.from({ length: calls }, (_, index) => 1 / (index + 1)).reduce((a, b) => a + b);
    const calling = LOGOUT.reduce((sum, calls) => sum + least + further * lastOf(calls.length), 0);
    const warm = SERVICE_TIMES.logoutCpu / (512 / 1769) + calling;
    const first = SERVICE_TIMES.coldStart + SERVICE_TIMES.firstLogoutCpu / (512 / 1769) + least + further;
    const seconds = (outcome.arrived * warm + outcome.coldStarts * first) / 1000;
    expect(outcome.executions.mean / (seconds / 10)).toBeCloseTo(1, 1);
  });

  it('lets through no larger share where more logouts come', () => {
    const shares = [100, 400, 800, 1600, 3200].map((perSecond) => {
      const { accepted, arrived } = simulate(byDefault(perSecond), 1);
      return accepted / arrived;
    });
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[0]).toBe(1);
    expect(shares.at(-1)).toBeLessThan(0.5);
  });
});

describe('what is scarce is what breaks first', () => {
  const ROWS: readonly (readonly [
    scarce: Partial<Settings>,
    load: Partial<Load>,
    first: string,
    counted: keyof Outcome,
  ])[] = [
    [{ throttle: { rateLimit: 100, burstLimit: 200 } }, {}, 'stage throttle', 'throttled'],
    [{ apiAccount: { rateLimit: 100, burstLimit: 200 } }, {}, 'account throttle', 'throttled'],
    [{ concurrentExecutions: 20 }, {}, 'concurrency', 'lost'],
    [{ reservedConcurrency: 20, requestsPerSecondForEachExecution: 1e6 }, {}, 'concurrency', 'lost'],
    [{ newEnvironmentsPerTenSeconds: 50 }, {}, 'new environments', 'lost'],
    [{ requestsPerSecondForEachExecution: 1e-4 }, {}, 'request rate', 'lost'],
    [{ warmThroughput: fewer }, { perSecond: 400 }, 'table throughput', 'deferred'],
    [{ tableQuota: fewer }, { perSecond: 400 }, 'table quota', 'deferred'],
    [{}, { perSecond: 800, seconds: 2, shared: 'scope' }, 'hot partition', 'deferred'],
  ];
  it.each(ROWS)('%j', (scarce, load, first, counted) => {
    const outcome = simulate(withPlenty(scarce, load), 1);
    expect(outcome.troubles[0]).toBe(first);
    expect(outcome[counted]).toBeGreaterThan(0);
  });

  it('the stage lets through its burst, and its rate from then on', () => {
    const { accepted } = simulate(withPlenty({ throttle: { rateLimit: 50, burstLimit: 100 } }), 1);
    expect(accepted).toBeGreaterThan(100 + 50 * 2.9);
    expect(accepted).toBeLessThanOrEqual(100 + 50 * 3);
  });

  it('a stream that is read too slowly falls behind, and nothing else does', () => {
    const scenario = withPlenty(
      { warmThroughput: AWS_LIMITS.newTable, stream: BY_DEFAULT.stream },
      { perSecond: 100, seconds: 20 },
    );
    const times = { ...SERVICE_TIMES, lookCpu: 400 * SERVICE_TIMES.lookCpu };
    const { accepted, arrived, troubles } = simulate({ ...scenario, times }, 1);
    expect(accepted).toBe(arrived);
    expect(troubles).toEqual(['stream behind']);
  });
});

it.each([100, 500, 1000])('with what is to be set for %d a second, every logout is done at once', (perSecond) => {
  const { accepted, arrived, troubles } = simulate(byDefault(perSecond, 2, settingsFor(perSecond)), 1);
  expect(accepted).toBe(arrived);
  expect(troubles).toEqual([]);
});

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share that finds all servers busy (Erlang, 1917). */
function erlangB(servers: number, offered: number): number {
  let blocked = 1;
  for (let server = 1; server <= servers; server++) {
    blocked = (offered * blocked) / (server + offered * blocked);
  }
  return blocked;
}
