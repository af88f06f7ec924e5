import { SERVICE_TIMES } from '../fleet/service-times.ts';
import { coresFor } from '../lambda-cores.ts';
import { KEY_UNITS, OPERATION_UNITS, type Operation, type OperationUnits } from './operation-units.ts';
import type { Prices } from './prices.ts';

/** So many of each thing that has a price. */
export type Usage = Partial<Record<keyof Prices, number>>;

/** MiB of the functions, by default. */
const MEMORY_SIZE = 512;
const CALL_MILLISECONDS = SERVICE_TIMES.dynamodb.least + SERVICE_TIMES.dynamodb.further;

export function costOf(usage: Usage, prices: Prices): number {
  return Object.entries(usage).reduce(
    (sum, [name, count]) => sum + count * (isPriced(name, prices) ? prices[name] : 0),
    0,
  );
}

function isPriced(name: string, prices: Prices): name is keyof Prices {
  return name in prices;
}

export function sumOf(...usages: readonly Usage[]): Usage {
  const sum: Record<string, number> = {};
  for (const [name, count] of usages.flatMap((usage) => Object.entries(usage))) {
    sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

export function dynamodb({ writes, reads }: OperationUnits): Usage {
  return { dynamodbWrites: writes, dynamodbReads: reads };
}

/** A call of a function for so many milliseconds. */
function invocation(milliseconds: number, calls = 1): Usage {
  return { lambdaRequests: calls, lambdaGigabyteSeconds: (milliseconds / 1000) * (MEMORY_SIZE / 1024) };
}

/**
 * Bytes that a million of them are a GB of (10^9 bytes / 1000). Measured: a line of the log 700, one of metrics 560, one of
 * the access log 400, and 26 for each, which CloudWatch adds.
 */
const LOG_KILOBYTES = { accepted: 1.26 + 2 * 0.026, accessLog: 0.4 + 0.026, deferred: 1.5 + 2 * 0.026 };

/** A logout in milliseconds, with a warm environment: see bench/fleet/service-times.ts. */
export function logoutMilliseconds({ roundTrips }: Pick<OperationUnits, 'roundTrips'>): number {
  return SERVICE_TIMES.logoutCpu / coresFor(MEMORY_SIZE) + roundTrips * CALL_MILLISECONDS;
}

/** What InterruptedLogout takes of a logout: at a low rate, it is called for each by itself. */
function lookUsage(operation: 'look after a logout that is done' | 'look after a logout of two clients'): Usage {
  const units = OPERATION_UNITS[operation];
  const milliseconds = SERVICE_TIMES.lookCpu / coresFor(MEMORY_SIZE) + units.roundTrips * CALL_MILLISECONDS;
  return sumOf(dynamodb(units), invocation(milliseconds));
}

/** A logout by an HTTP API, from the request to the look after it. The claim of a replay is no new one, and not looked after. */
export function logoutUsage(operation: Operation): Usage {
  const units = OPERATION_UNITS[operation];
  return sumOf(
    { httpApiRequests: 1, logs: LOG_KILOBYTES.accepted + LOG_KILOBYTES.accessLog },
    dynamodb(units),
    invocation(logoutMilliseconds(units)),
    operation.startsWith('replay')
      ? {}
      : lookUsage(`look after a logout ${operation === 'logout of two clients' ? 'of two clients' : 'that is done'}`),
  );
}

/** What a logout takes more where it is deferred once: it is sent, received and deleted, in a batch by itself. */
export const DEFERRAL: Usage = sumOf(
  { sqsRequests: 3, kmsRequests: 2, logs: LOG_KILOBYTES.deferred },
  invocation(logoutMilliseconds(OPERATION_UNITS['logout by sid'])),
  dynamodb(OPERATION_UNITS['logout by sid']),
);

/** A request whose token is refused: nothing is read but keys, which are in memory. */
export const REFUSAL: Usage = sumOf(
  { httpApiRequests: 1, logs: LOG_KILOBYTES.accepted + LOG_KILOBYTES.accessLog },
  invocation(SERVICE_TIMES.logoutCpu / coresFor(MEMORY_SIZE)),
);

/** Assumed: often with a cold start. A fetch takes as long as the issuer does. */
const REFRESH_MILLISECONDS = 700;
const REFRESH_LOG_KILOBYTES = 0.9;
/** In a month. */
const HOURS = 730;
/** Of the schedule of JwksRefresh. */
const REFRESHES = HOURS * 12;
/** At least so long keys are fresh: so often they are fetched at most. */
const FETCHES = HOURS * 6;
/** Lambda asks each of two queues with five long polls of 20 seconds. */
const POLLS = 2 * 5 * 3 * 60 * HOURS;

/** A month of one issuer in which nothing happens, by what takes it. */
export const IDLE_MONTH: readonly (readonly [what: string, usage: Usage])[] = [
  ['alarms: 28, which look at 35 metrics', { alarmMetric: 35 }],
  ['dashboard', { dashboard: 1 }],
  ['metrics of the keys: 3', { metric: 3 }],
  ['key of the queues', { kmsKey: 1 }],
  ['queues, which Lambda asks', { sqsRequests: POLLS / 1e6 }],
  [
    'refresh of the keys, every five minutes',
    sumOf(
      { schedules: REFRESHES / 1e6, logs: (REFRESHES / 1e6) * REFRESH_LOG_KILOBYTES },
      scaled(dynamodb(KEY_UNITS['refresh that is not due']), (REFRESHES - FETCHES) / 1e6),
      scaled(dynamodb(KEY_UNITS['refresh that fetches']), FETCHES / 1e6),
      scaled(invocation(REFRESH_MILLISECONDS), REFRESHES / 1e6),
    ),
  ],
];

function scaled(usage: Usage, by: number): Usage {
  return Object.fromEntries(Object.entries(usage).map(([name, count]) => [name, count * by]));
}
