import { type Environment, RETRY_TOKENS } from './environments.ts';
import type { EventQueue } from './event-queue.ts';
import type { Call, Place, RoundTrip } from './logout-calls.ts';
import { type Latency, sample } from './service-times.ts';
import type { Table } from './table.ts';
import type { Troubles } from './troubles.ts';

/** Of the functions' client (functions/runtime/dynamodb.ts). */
const MAX_ATTEMPTS = 3;
/** Of the AWS SDK after a throttled call: up to a second, up to two, up to four (`@smithy/core`, retries of 2026). */
const THROTTLED_PAUSE = 1000;
const RETRY_COST = 5;

/** The world in which logouts are carried out. */
export interface World {
  readonly events: EventQueue;
  readonly random: () => number;
  readonly table: Table;
  readonly latency: Latency;
  readonly troubles: Troubles;
}

/** A logout, by the hashes of its partition keys: 0 up to 1. */
export type Places = Readonly<Record<Place, number>>;

/** Places of a logout of the only issuer. Its scope can be shared with other logouts. */
export function placesOf(sharedScope: number | undefined, random: () => number): Places {
  return { token: random(), scope: sharedScope ?? random(), otherScope: random(), session: random(), issuer: 0 };
}

/**
 * Makes the calls, each round trip after the one before, with the retries of the AWS SDK.
 *
 * @param isHot whether the scope is shared, and so its partition a hot one
 * @param done called once: with false where a call was throttled three times, or no tokens for retries are left
 */
export function carryOut(
  world: World,
  roundTrips: readonly RoundTrip[],
  { places, isHot }: { readonly places: Places; readonly isHot: boolean },
  environment: Environment,
  done: (isDone: boolean) => void,
): void {
  const [calls, ...rest] = roundTrips;
  if (!calls) {
    done(true);
    return;
  }
  let left = calls.length;
  let hasFailed = false;
  const called = (isDone: boolean) => {
    left--;
    if (!isDone && !hasFailed) {
      hasFailed = true;
      done(false);
    } else if (left === 0 && !hasFailed) {
      carryOut(world, rest, { places, isHot }, environment, done);
    }
  };
  for (const call of calls) {
    const isOfHotPartition = (isHot && call.place === 'scope') || call.place === 'issuer';
    attempt(world, call, { key: places[call.place], isOfHotPartition }, environment, 1, called);
  }
}

function attempt(
  world: World,
  call: Call,
  where: { readonly key: number; readonly isOfHotPartition: boolean },
  environment: Environment,
  count: number,
  called: (isDone: boolean) => void,
): void {
  const { events, random, table, latency, troubles } = world;
  const refusal = table.call(call, where.key, events.now);
  events.after(sample(latency, random), () => {
    if (!refusal) {
      environment.retryTokens = Math.min(RETRY_TOKENS, environment.retryTokens + (count > 1 ? RETRY_COST : 1));
      called(true);
      return;
    }
    troubles.note(where.isOfHotPartition && refusal === 'table throughput' ? 'hot partition' : refusal, events.now);
    if (count === MAX_ATTEMPTS || environment.retryTokens < RETRY_COST) {
      called(false);
      return;
    }
    environment.retryTokens -= RETRY_COST;
    events.after(random() * THROTTLED_PAUSE * 2 ** (count - 1), () =>
      attempt(world, call, where, environment, count + 1, called),
    );
  });
}
