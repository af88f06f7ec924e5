import type { Throttle } from '../../infra/front-door/throttle.ts';
import type { ServiceTimes } from './service-times.ts';

export interface Throughput {
  readonly writeUnitsPerSecond: number;
  readonly readUnitsPerSecond: number;
}

/** What is deployed, and what the account may use. */
export interface Settings {
  /** Of the API's stage. */
  readonly throttle: Throttle;
  readonly apiAccount: Throttle;
  /** Executions of the whole account. */
  readonly concurrentExecutions: number;
  /** Of the endpoint's function; undefined for none. */
  readonly reservedConcurrency: number | undefined;
  readonly newEnvironmentsPerTenSeconds: number;
  readonly requestsPerSecondForEachExecution: number;
  /** MiB of each function. */
  readonly memorySize: number;
  /** Of the sessions table. */
  readonly warmThroughput: Throughput;
  readonly tableQuota: Throughput;
  readonly deferredConcurrency: number;
  readonly stream: StreamSettings;
}

/** How the stream of the sessions table is read. */
export interface StreamSettings {
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Batches of a shard at the same time. */
  readonly parallelizationFactor: number;
  /** Logouts of a batch that are looked after at the same time. */
  readonly looksAtOnce: number;
}

/** Logouts that come. */
export interface Load {
  readonly perSecond: number;
  /** For so long, from the first second on: before, nothing came. */
  readonly seconds: number;
  /** What all logouts have in common: a scope is one subject, or one OP session. */
  readonly shared: 'nothing' | 'scope';
}

export interface Scenario {
  readonly settings: Settings;
  readonly load: Load;
  readonly times: ServiceTimes;
  /** Seconds after the last logout in which what was deferred may be finished. */
  readonly drainSeconds: number;
}
