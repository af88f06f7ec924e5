import { setTimeout } from 'node:timers/promises';
import type { CryptoKey } from 'jose';
import { afterEach, beforeEach, vi } from 'vitest';
import type { JwksEvent } from '../../../receiver/jwks/jwks-event.ts';
import type { JwksLocation } from '../../../receiver/jwks/jwks-location.ts';
import { KeySource } from '../../../receiver/jwks/key-source.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { type ToldTimeouts, tellTimeouts } from './told-timeouts.ts';

/** Function instances that share one cache table, and an issuer. Time stands still until it is passed. */
export interface Fleet {
  readonly op: TestIssuer;
  readonly table: TestTable;
  /** What happened, on all instances. */
  readonly events: JwksEvent[];
  /** A function instance of its own: nothing in memory yet. */
  newInstance(isPatient?: boolean): Instance;
  /** Fetches so far. */
  fetches(): number;
  /** Lets the time pass after which what is awaited is given up. By itself, none ever does. */
  passMilliseconds(milliseconds: number): void;
}

export interface Instance {
  readonly source: KeySource;
  /** The keys that a token is tried with which is received now, or when it is said. */
  find(
    kid: string | undefined,
    given?: { location?: JwksLocation; receivedAt?: number },
  ): Promise<readonly CryptoKey[]>;
}

/** Gives each test of a file a fleet of its own, with an issuer that has one ES256 key, `es256`. */
export function useFleet(): Fleet {
  const state: { op?: TestIssuer; table?: TestTable; timeouts?: ToldTimeouts } = {};
  const events: JwksEvent[] = [];
  const started = <Part>(part: Part | undefined): Part => {
    if (part === undefined) {
      throw new Error('no test is running');
    }
    return part;
  };
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    state.timeouts = tellTimeouts();
    events.length = 0;
    [state.op, state.table] = await Promise.all([startIssuer('ES256'), newTable('jwksCache')]);
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    await state.op?.stop();
  });
  return {
    get op() {
      return started(state.op);
    },
    get table() {
      return started(state.table);
    },
    events,
    newInstance(isPatient = false) {
      return instance(started(state.table), started(state.op), events, isPatient);
    },
    fetches: () => state.op?.requests.get('/jwks') ?? 0,
    passMilliseconds: (milliseconds) => started(state.timeouts).pass(milliseconds),
  };
}

export function instance(table: TestTable, op: TestIssuer, events: JwksEvent[], isPatient = false): Instance {
  const source = new KeySource(table, { onEvent: (event) => events.push(event), isPatient });
  return {
    source,
    async find(kid, { location = op.location, receivedAt = now() } = {}) {
      const found: CryptoKey[] = [];
      await source.verify(location, { alg: 'ES256', kid }, receivedAt, async (keys) => {
        found.push(...keys);
        return undefined;
      });
      return found;
    },
  };
}

/** Epoch seconds. */
export function now(): number {
  return Date.now() / 1000;
}

export function passSeconds(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

/** Waits until something is so, and leaves the time of the test as it is: `expect.poll` lets it pass. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await setTimeout(5);
  }
}
