import { markdownTable } from '../document-table.ts';
import { KEY_UNITS, OPERATION_UNITS, type Operation, type OperationUnits } from './operation-units.ts';
import { PRICES, type Prices, REGIONS } from './prices.ts';
import { costOf, DEFERRAL, dynamodb, IDLE_MONTH, logoutUsage, REFUSAL, sumOf, type Usage } from './usage.ts';

const dollars = (value: number) => value.toFixed(2);
const inRegions = (usage: Usage) => REGIONS.map((region) => dollars(costOf(usage, PRICES[region])));

/** Those that the receiver carries out. */
const LOGOUTS = Object.keys(OPERATION_UNITS).filter(isLogout);

function isLogout(name: string): name is Operation {
  return /^(logout|replay)/.test(name);
}

/** The parts of what a logout costs, by what is paid. */
const PARTS: readonly (readonly [part: string, ...names: (keyof Prices)[]])[] = [
  ['API', 'httpApiRequests'],
  ['functions', 'lambdaRequests', 'lambdaGigabyteSeconds'],
  ['DynamoDB', 'dynamodbWrites', 'dynamodbReads'],
  ['logs', 'logs'],
  ['queue', 'sqsRequests', 'kmsRequests'],
];

function partsOf(usage: Usage): string[] {
  return PARTS.map(([, ...names]) =>
    dollars(costOf(Object.fromEntries(names.map((name) => [name, usage[name] ?? 0])), PRICES['us-east-1'])),
  );
}

function unitsRow([name, units]: readonly [string, OperationUnits]): readonly string[] {
  return [name, String(units.writes), String(units.reads), String(units.roundTrips), ...inRegions(dynamodb(units))];
}

const OPTIONS: readonly (readonly [what: string, per: string, usage: Usage])[] = [
  ['sessions', 'GB and month, with recovery', { dynamodbStorage: 1, dynamodbRecovery: 1 }],
  ['log that is kept', 'GB and month', { logStorage: 1 }],
  ['a REST API in place of the HTTP API', 'million requests more', { restApiRequests: 1, httpApiRequests: -1 }],
  ['AWS WAF, without an allow-list', 'month', { wafWebAcl: 1, wafRule: 2 }],
  ['', 'million requests', { wafRequests: 1 }],
  ['session-ended events', 'million sessions that end', { events: 1 }],
  ['a secret of a relying party', 'month', { secret: 1 }],
  ['all metrics of the functions', 'month', { metric: 33 }],
  ['a customer-managed key for all', 'month', { kmsKey: 1 }],
];

/** The tables of docs/cost.md, by their marks. */
export const COST_TABLES: Readonly<Record<string, string>> = {
  logouts: markdownTable(
    ['a million of', ...PARTS.map(([part]) => part), ...REGIONS],
    [
      ...LOGOUTS.map((name) => [name, ...partsOf(logoutUsage(name)), ...inRegions(logoutUsage(name))]),
      ['token that is refused', ...partsOf(REFUSAL), ...inRegions(REFUSAL)],
      ['more for a logout that is deferred once', ...partsOf(DEFERRAL), ...inRegions(DEFERRAL)],
    ],
  ),
  units: markdownTable(
    ['a million of', 'writes', 'reads', 'round trips', ...REGIONS],
    [...Object.entries(OPERATION_UNITS), ...Object.entries(KEY_UNITS)].map(unitsRow),
  ),
  idle: markdownTable(
    ['a month without a logout', ...REGIONS],
    [
      ...IDLE_MONTH.map(([what, usage]) => [what, ...inRegions(usage)]),
      ['together', ...inRegions(sumOf(...IDLE_MONTH.map(([, usage]) => usage)))],
    ],
  ),
  options: markdownTable(
    ['what is turned on', 'for', ...REGIONS],
    OPTIONS.map(([what, per, usage]) => [what, per, ...inRegions(usage)]),
  ),
};
