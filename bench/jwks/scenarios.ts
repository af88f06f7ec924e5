import type { TestIssuer } from '../../test/issuer.ts';
import type { Clock, Contestant, Outcome } from './contestant.ts';

export type Outcomes = Readonly<Record<Outcome, number>>;

type Instance = ReturnType<Contestant['newInstance']>;

export const INSTANCES = 50;
const REFRESH_SECONDS = 300;

/** What each scenario is given. The issuer publishes one key, `es256`. */
export interface Stage {
  readonly contestant: Contestant;
  readonly op: TestIssuer;
  readonly clock: Clock;
  /** How many instances there are; where it is not said, fifty. */
  readonly size?: number;
}

export const fetchesOf = (op: TestIssuer) => op.requests.get('/jwks') ?? 0;

/** All instances get their first logout at the same time. */
export async function coldStart({ contestant, op, size }: Stage) {
  const outcomes = await Promise.all(instances(contestant, size).map((verify) => verify('es256')));
  return { fetches: fetchesOf(op), outcomes: counted(outcomes) };
}

/** A day on which each instance gets a logout every so many minutes. */
export async function day({ contestant, op, clock }: Stage, everyMinutes: number) {
  await contestant.refresh?.();
  const fleet = instances(contestant);
  const outcomes: Outcome[] = [];
  let refreshes = 0;
  for (let minute = 1; minute <= 1440; minute++) {
    clock.advance(60);
    if ((minute * 60) % REFRESH_SECONDS === 0) {
      await contestant.refresh?.();
      refreshes++;
    }
    outcomes.push(...(await verifyAll(fleet.filter((_, index) => index % everyMinutes === minute % everyMinutes))));
  }
  return { fetches: fetchesOf(op), refreshes, outcomes: counted(outcomes) };
}

interface GoodLogouts {
  readonly outcomes: Outcome[];
  /** Of those that were deferred, in epoch seconds. */
  readonly deferredAt: number[];
  /** From the rotation on, until all instances know the new key. */
  secondsToKnowAll: number | undefined;
}

/**
 * Logouts whose key ids are made up, on all instances and without end. After a while the issuer rotates its key without
 * publishing the new one before, at the worst moment: just after it was asked for its keys.
 *
 * @returns how many fetches a minute of it takes, when the last instance knows the new key, and how good logouts fare from
 *   the rotation until then, one a second on each instance
 */
export async function flood({ contestant, op, clock }: Stage, kidsPerSecond: number) {
  await contestant.refresh?.();
  const fleet = instances(contestant);
  await verifyAll(fleet);
  clock.advance(60);
  const before = fetchesOf(op);
  const perInstance = kidsPerSecond / 10 / fleet.length;
  const good: GoodLogouts = { outcomes: [], deferredAt: [], secondsToKnowAll: undefined };
  const madeUp: Outcome[] = [];
  let rotatedAt: number | undefined;
  let fetches = 0;
  for (let tenth = 1; tenth <= 600 || (tenth <= 1200 && good.secondsToKnowAll === undefined); tenth++) {
    clock.advance(0.1);
    const fetchesBefore = fetchesOf(op);
    madeUp.push(...(await inParallel(fleet, perInstance, (verify, time) => verify(`made-up-${tenth}-${time}`))));
    if (tenth > 200 && fetchesOf(op) > fetchesBefore) {
      rotatedAt ??= await rotate(op, tenth);
    }
    await tryRotated(fleet, good, rotatedAt === undefined ? 0 : tenth - rotatedAt);
    fetches = tenth <= 600 ? fetchesOf(op) - before : fetches;
  }
  return { fetches, madeUp: counted(madeUp), ...(await settled(good, { contestant, op, clock })) };
}

/** A rotation just after the scheduled fetch, and nobody who makes up key ids. */
export async function rotation({ contestant, op, clock, size }: Stage) {
  await contestant.refresh?.();
  const fleet = instances(contestant, size);
  await verifyAll(fleet);
  await rotate(op, 0);
  const good: GoodLogouts = { outcomes: [], deferredAt: [], secondsToKnowAll: undefined };
  for (let second = 1; second <= 60; second++) {
    clock.advance(1);
    await tryRotated(fleet, good, second * 10);
  }
  return await settled(good, { contestant, op, clock });
}

async function rotate(op: TestIssuer, time: number): Promise<number> {
  op.published = [];
  await op.addKey('ES256', 'rotated');
  return time;
}

/** @param tenths of a second since the rotation; full ones have each instance get a logout */
async function tryRotated(fleet: readonly Instance[], good: GoodLogouts, tenths: number): Promise<void> {
  // Not at the very time of the fetch: time stands still here, and what comes first then is nobody's to say.
  if (tenths <= 0 || tenths % 10 !== 0 || good.secondsToKnowAll !== undefined) {
    return;
  }
  const outcomes = await verifyAll(fleet, 'rotated');
  good.outcomes.push(...outcomes);
  good.deferredAt.push(...outcomes.filter((outcome) => outcome === 'deferred').map(() => Date.now() / 1000));
  if (outcomes.every((outcome) => outcome === 'verified')) {
    good.secondsToKnowAll = tenths / 10;
  }
}

/** Tries again what was deferred. */
async function settled({ outcomes, deferredAt, secondsToKnowAll }: GoodLogouts, { contestant, clock }: Stage) {
  clock.advance(30);
  const atLast: Outcome[] = outcomes.filter((outcome) => outcome !== 'deferred');
  for (const receivedAt of deferredAt) {
    atLast.push((await contestant.retry?.('rotated', receivedAt)) ?? 'deferred');
  }
  return { secondsToKnowAll, good: counted(outcomes), goodAtLast: counted(atLast) };
}

/** The issuer fails for so many hours; each instance gets a logout an hour, and each hour another instance starts. */
export async function outage({ contestant, op, clock }: Stage, hours: number) {
  await contestant.refresh?.();
  const fleet = instances(contestant);
  await verifyAll(fleet);
  const before = fetchesOf(op);
  op.answerJwks = (response) => response.writeHead(500).end();
  const warm: Outcome[] = [];
  const cold: Outcome[] = [];
  for (let minute = 5; minute <= hours * 60; minute += 5) {
    clock.advance(300);
    await contestant.refresh?.();
    if (minute % 60 === 0) {
      warm.push(...(await verifyAll(fleet)));
      cold.push(await contestant.newInstance()('es256'));
    }
  }
  return {
    fetches: fetchesOf(op) - before,
    warm: counted(warm),
    cold: counted(cold),
    lastHour: counted(warm.slice(-fleet.length)),
  };
}

/** The issuer fails from the beginning; each instance gets a logout a second, for a minute. */
export async function coldOutage({ contestant, op, clock }: Stage) {
  op.answerJwks = (response) => response.writeHead(500).end();
  const fleet = instances(contestant);
  const outcomes: Outcome[] = [];
  for (let second = 0; second < 60; second++) {
    outcomes.push(...(await verifyAll(fleet)));
    clock.advance(1);
  }
  return { fetches: fetchesOf(op), outcomes: counted(outcomes) };
}

/**
 * The issuer withdraws a key, and publishes another.
 *
 * @returns after how many seconds, up to a day, the last instance stops to accept what the withdrawn key signed
 */
export async function withdrawal({ contestant, op, clock, size }: Stage) {
  await contestant.refresh?.();
  const fleet = instances(contestant, size);
  await verifyAll(fleet);
  op.published = [];
  await op.addKey('ES256', 'rotated');
  for (let seconds = 30; seconds <= 86_400; seconds += 30) {
    clock.advance(30);
    if (seconds % REFRESH_SECONDS === 0) {
      await contestant.refresh?.();
    }
    const accepted = (await verifyAll(fleet)).filter((outcome) => outcome === 'verified');
    if (accepted.length === 0) {
      return { seconds };
    }
  }
  return { seconds: Number.POSITIVE_INFINITY };
}

function instances(contestant: Contestant, size = INSTANCES): Instance[] {
  return Array.from({ length: size }, () => contestant.newInstance());
}

async function verifyAll(fleet: readonly Instance[], kid = 'es256'): Promise<Outcome[]> {
  return await Promise.all(fleet.map((verify) => verify(kid)));
}

/** An instance handles one logout after the other, and all instances do so at the same time. */
async function inParallel(
  fleet: readonly Instance[],
  times: number,
  act: (verify: Instance, time: string) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = await Promise.all(
    fleet.map(async (verify, index) => {
      const own: Outcome[] = [];
      for (let time = 0; time < times; time++) {
        own.push(await act(verify, `${index}-${time}`));
      }
      return own;
    }),
  );
  return outcomes.flat();
}

function counted(outcomes: readonly Outcome[]): Outcomes {
  const counts = { verified: 0, deferred: 0, failed: 0, refused: 0 };
  for (const outcome of outcomes) {
    counts[outcome]++;
  }
  return counts;
}
