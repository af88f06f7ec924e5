import { seededRandom } from '../../test/seeded-random.ts';
import { coresFor } from '../lambda-cores.ts';
import { AWS_LIMITS } from './aws-limits.ts';
import type { World } from './carrying-out.ts';
import { Deferral } from './deferral.ts';
import { Endpoint } from './endpoint.ts';
import { Environments, Executions } from './environments.ts';
import { EventQueue } from './event-queue.ts';
import type { Scenario } from './settings.ts';
import { StreamReaders } from './stream.ts';
import { partitionsFor, Table } from './table.ts';
import { type Trouble, Troubles } from './troubles.ts';

/** What became of all logouts. */
export interface Outcome {
  readonly arrived: number;
  /** Done when they were answered. */
  readonly accepted: number;
  /** Kept, to be finished later. */
  readonly deferred: number;
  /** Answered 429 by API Gateway: lost, unless the OP sends again. */
  readonly throttled: number;
  /** Answered 503 since Lambda had no execution for them: lost, unless the OP sends again. */
  readonly lost: number;
  /** Messages of the queue: deferred logouts, and those that could not be looked after. */
  readonly queue: Deferral['counts'];
  /** Milliseconds from the receipt to the answer, of those that were accepted, ascending. */
  readonly answerTimes: readonly number[];
  readonly coldStarts: number;
  /** Of the endpoint's function: executions at the same time, at most, and on average while logouts come. */
  readonly executions: { readonly most: number; readonly mean: number };
  readonly stream: { readonly looks: number; readonly oldestSeconds: number };
  /** By the time at which each came first. */
  readonly troubles: readonly Trouble[];
}

/**
 * Simulates a fleet that was idle until the first logout came.
 *
 * @param seed of all chance: the same scenario and seed have the same outcome
 */
export function simulate({ settings, load, times, drainSeconds }: Scenario, seed: number): Outcome {
  const events = new EventQueue();
  const random = seededRandom(seed);
  const troubles = new Troubles();
  const table = new Table(settings.warmThroughput, settings.tableQuota);
  const world: World = { events, random, table, latency: times.dynamodb, troubles };
  const shared = new Executions(settings.concurrentExecutions - (settings.reservedConcurrency ?? 0));
  const environments = new Environments(settings, shared);
  const cores = coresFor(settings.memorySize);
  const deferral = new Deferral(world, shared, settings.deferredConcurrency, times.logoutCpu / cores);
  const shards = partitionsFor(settings.warmThroughput);
  const stream = new StreamReaders(world, shared, deferral, settings.stream, shards, times.lookCpu / cores);
  const sharedScope = load.shared === 'scope' ? random() : undefined;
  const jwksTable = new Table(AWS_LIMITS.newTable, settings.tableQuota);
  const behind = { environments, jwksTable, deferral, stream };
  const endpoint = new Endpoint(world, times, settings, behind, sharedScope);

  const end = load.seconds * 1000;
  const next = () => events.after((-Math.log(1 - random()) * 1000) / load.perSecond, arrive);
  const arrive = () => {
    if (events.now < end) {
      endpoint.receive();
      next();
    }
  };
  next();
  events.runUntil(end + drainSeconds * 1000);
  return {
    ...endpoint.counts,
    queue: deferral.counts,
    answerTimes: endpoint.answerTimes.toSorted((a, b) => a - b),
    coldStarts: environments.born,
    executions: { most: environments.most, mean: endpoint.busyMilliseconds / end },
    stream: { looks: stream.looks, oldestSeconds: stream.oldestSeconds },
    troubles: troubles.inOrder,
  };
}
