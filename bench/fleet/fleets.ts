import { DEFERRED_CONCURRENCY } from '../../infra/deferred-concurrency.ts';
import { DEFAULT_THROTTLE } from '../../infra/front-door/throttle.ts';
import { WHOLE_CORE } from '../lambda-cores.ts';
import { AWS_LIMITS } from './aws-limits.ts';
import { LOGOUT, LOOK, unitsOf } from './logout-calls.ts';
import type { Settings } from './settings.ts';

/** MiB of the functions, by default. */
const MEMORY_SIZE = 512;

/** A receiver as it is deployed without options, in an account that has been there for a while, with a new table. */
export const BY_DEFAULT: Settings = {
  throttle: DEFAULT_THROTTLE,
  apiAccount: AWS_LIMITS.apiAccount,
  concurrentExecutions: AWS_LIMITS.concurrentExecutions,
  reservedConcurrency: undefined,
  newEnvironmentsPerTenSeconds: AWS_LIMITS.newEnvironmentsPerTenSeconds,
  requestsPerSecondForEachExecution: AWS_LIMITS.requestsPerSecondForEachExecution,
  memorySize: MEMORY_SIZE,
  warmThroughput: AWS_LIMITS.newTable,
  tableQuota: AWS_LIMITS.tableQuota,
  deferredConcurrency: DEFERRED_CONCURRENCY,
  // infra/constructs/interrupted-logout-function.ts and functions/interrupted-logout/handler.ts.
  stream: { batchSize: 100, windowSeconds: 20, parallelizationFactor: 10, looksAtOnce: 10 },
};

/** Partitions that are not used to more than this have room for what chance puts into one of them. */
const USED_AT_MOST = 0.75;

/** What to set, so that a fleet that was idle takes so many logouts a second from the first one on. */
export function settingsFor(perSecond: number): Settings {
  const rateLimit = Math.max(DEFAULT_THROTTLE.rateLimit, roundUp(1.5 * perSecond, 100));
  const writes = 1000 * Math.ceil((perSecond * partitionSecondsOf()) / USED_AT_MOST);
  const isBusy = perSecond > 500;
  const executions = roundUp(perSecond, 1000);
  return {
    ...BY_DEFAULT,
    throttle: { rateLimit, burstLimit: 2 * rateLimit },
    apiAccount:
      rateLimit > AWS_LIMITS.apiAccount.rateLimit ? { rateLimit, burstLimit: rateLimit / 2 } : AWS_LIMITS.apiAccount,
    memorySize: isBusy ? WHOLE_CORE : MEMORY_SIZE,
    concurrentExecutions: Math.max(AWS_LIMITS.concurrentExecutions, executions + (isBusy ? 1000 : 0)),
    reservedConcurrency: isBusy ? executions : undefined,
    warmThroughput: {
      writeUnitsPerSecond: Math.max(AWS_LIMITS.newTable.writeUnitsPerSecond, writes),
      readUnitsPerSecond: AWS_LIMITS.newTable.readUnitsPerSecond,
    },
    tableQuota: {
      writeUnitsPerSecond: Math.max(AWS_LIMITS.tableQuota.writeUnitsPerSecond, writes),
      readUnitsPerSecond: AWS_LIMITS.tableQuota.readUnitsPerSecond,
    },
    deferredConcurrency: isBusy ? 20 : DEFERRED_CONCURRENCY,
  };
}

/** Seconds of a whole partition that a logout and the look after it take. */
function partitionSecondsOf(): number {
  const { writes, reads } = unitsOf([...LOGOUT, ...LOOK]);
  return writes / AWS_LIMITS.partition.writeUnitsPerSecond + reads / AWS_LIMITS.partition.readUnitsPerSecond;
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
