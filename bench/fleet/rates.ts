import { markdownTable } from '../document-table.ts';
import { BY_DEFAULT, settingsFor } from './fleets.ts';
import { SERVICE_TIMES } from './service-times.ts';
import type { Load, Settings } from './settings.ts';
import { type Outcome, simulate } from './simulation.ts';

/** Logouts a second. */
export const RATES = [1, 10, 100, 300, 500, 1000, 2000, 5000, 10_000] as const;

/** A fleet of which the rate asks more and more. */
export const FLEETS = {
  'by default': () => BY_DEFAULT,
  'the throttle raised alone': (perSecond) => ({ ...BY_DEFAULT, throttle: settingsFor(perSecond).throttle }),
  'as set': settingsFor,
} as const satisfies Record<string, (perSecond: number) => Settings>;

/** What docs/scale.md shows. */
export const DOCUMENTED = { seconds: 5, seed: 1 };

const DRAIN_SECONDS = 3600;

/** @param seconds for which logouts come, to a fleet that was idle */
export function outcomeOf(settings: Settings, load: Load, seed: number): Outcome {
  return simulate({ settings, load, times: SERVICE_TIMES, drainSeconds: DRAIN_SECONDS }, seed);
}

/** The table of docs/scale.md. */
export function fleetTable(seconds: number, seed: number): string {
  return markdownTable(
    [
      'logouts a second',
      'by default',
      'breaks first',
      'the throttle raised alone',
      'what to set',
      'as set',
      'answer, ms',
    ],
    RATES.map((perSecond) => {
      const load: Load = { perSecond, seconds, shared: 'nothing' };
      const [byDefault, raised, asSet] = Object.values(FLEETS).map((fleet) => outcomeOf(fleet(perSecond), load, seed));
      return byDefault && raised && asSet
        ? [
            perSecond.toLocaleString('en'),
            became(byDefault),
            byDefault.troubles.slice(0, 3).join(', ') || 'nothing',
            became(raised),
            differences(settingsFor(perSecond)) || 'nothing',
            became(asSet),
            [0.5, 0.99].map((share) => quantile(asSet.answerTimes, share).toFixed(0)).join(' / '),
          ]
        : [];
    }),
  );
}

/** What became of the logouts, in shares of all. */
function became({ arrived, accepted, deferred, throttled, lost, queue }: Outcome): string {
  const shares = [
    [`done`, accepted],
    [`deferred, the last for ${duration(queue.oldestSeconds)}`, deferred],
    ['throttled', throttled],
    ['no execution', lost],
  ] as const;
  const said = shares.filter(([, count]) => count > 0).map(([what, count]) => `${percent(count / arrived)} ${what}`);
  return accepted === arrived ? 'all done' : said.join(', ');
}

function percent(share: number): string {
  const value = share * 100;
  return value < 0.1 ? 'under 0.1%' : `${value > 99.9 ? '99.9' : value.toPrecision(value < 10 ? 1 : 2)}%`;
}

function duration(seconds: number): string {
  return seconds < 90
    ? `${Math.round(seconds)} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`;
}

export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

/** The properties and quotas that are other than by default. */
function differences(settings: Settings): string {
  const named = (given: Settings): readonly (readonly [name: string, value: number])[] => [
    ['`throttleRateLimit`', given.throttle.rateLimit],
    ['`throttleBurstLimit`', given.throttle.burstLimit],
    ['`warmThroughput.writeUnitsPerSecond`', given.warmThroughput.writeUnitsPerSecond],
    ['`memorySize`', given.memorySize],
    ['`reservedConcurrency`', given.reservedConcurrency ?? 0],
    ['`deferredConcurrency`', given.deferredConcurrency],
    ['quota of concurrent executions', given.concurrentExecutions],
    ['quota of API requests', given.apiAccount.rateLimit],
    ['quota of writes to a table', given.tableQuota.writeUnitsPerSecond],
  ];
  const byDefault = new Map(named(BY_DEFAULT));
  return named(settings)
    .filter(([name, value]) => byDefault.get(name) !== value)
    .map(([name, value]) => `${name} ${value.toLocaleString('en')}`)
    .join(', ');
}
