import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { type LoginIdentity, LogoutCheck, SessionStore } from '../../../relying-party/sessions/index.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import type { Fate } from '../../fault-proxy.ts';
import { newTable, type TestTable } from '../../tables.ts';

const Consumed = z.object({ ConsumedCapacity: z.object({ CapacityUnits: z.number() }) });
const now = () => Math.floor(Date.now() / 1000);

let table: TestTable;
let proxy: DynamodbProxy;
let store: SessionStore;

beforeEach(async () => {
  table = await newTable('sessions');
  proxy = await startDynamodbProxy(1);
  store = new SessionStore({ ...table, client: proxy.client });
});

afterEach(async () => {
  vi.useRealTimers();
  await proxy.stop();
});

function login() {
  const identity = { issuer: 'https://op.example.com', clientId: 'shop', sub: randomUUID(), sid: randomUUID() };
  return { ...identity, idTokenIssuedAt: now() - 10 };
}

const logOut = ({ issuer, clientId, sub }: ReturnType<typeof login>) =>
  new SessionStore(table).endSessions({ issuer, clientId, sub }, now());

/** How many logins were read to answer: each costs two reads, which go out at once. */
async function readsOf(check: LogoutCheck, ...logins: LoginIdentity[]): Promise<number> {
  const before = proxy.operations.length;
  for (const one of logins) {
    await check.isLoggedOut(one);
  }
  return (proxy.operations.length - before) / 2;
}

it('an answer that was too long on its way is not given to who came after the logout', async () => {
  const answers: ((isLoggedOut: boolean) => void)[] = [];
  const check = new LogoutCheck({
    store: { isLoggedOut: () => new Promise((resolve) => answers.push(resolve)) },
    maxAgeSeconds: 1,
  });
  const alice = login();
  vi.useFakeTimers({ toFake: ['Date'] });
  const [first, second] = [check.isLoggedOut(alice), check.isLoggedOut(alice)];
  vi.setSystemTime(Date.now() + 1000);
  answers[0]?.(false);
  expect(await first).toBe(false);
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.(true);
  expect(await second).toBe(true);
});

it('knows logins of an OP whose clock is five minutes ahead, and their logouts', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
  const alice = { ...login(), idTokenIssuedAt: now() + 300 };
  expect(await check.isLoggedOut(alice)).toBe(false);
  await store.endSessions(alice, now() + 300);
  expect(await new LogoutCheck({ store }).isLoggedOut(alice)).toBe(true);
});

describe('a check that remembers nothing', () => {
  it('knows of a logout at once', async () => {
    const check = new LogoutCheck({ store });
    const alice = login();
    expect(await check.isLoggedOut(alice)).toBe(false);
    await logOut(alice);
    expect(await check.isLoggedOut(alice)).toBe(true);
  });

  it('reads both markers at once, in the time of one', async () => {
    const check = new LogoutCheck({ store });
    let open: () => void = () => {};
    const bothArrived = new Promise<void>((resolve) => {
      open = resolve;
    });
    proxy.fateOf = async (_operation, index): Promise<Fate> => {
      if (index === 1) {
        open();
      }
      await bothArrived;
      return 'pass';
    };
    expect(await check.isLoggedOut(login())).toBe(false);
    expect(proxy.operations).toEqual(['GetItem', 'GetItem']);
    // What is not strongly consistent may miss a logout of a moment ago.
    const reads = proxy.bodies.map((body) => JSON.parse(body));
    expect(reads).toMatchObject([{ ConsistentRead: true }, { ConsistentRead: true }]);
  });
});

describe('a check with maxAgeSeconds', () => {
  it('reads a login once in that time, also for requests at once', async () => {
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    await Promise.all([check.isLoggedOut(alice), check.isLoggedOut(alice)]);
    await check.isLoggedOut(alice);
    expect(proxy.operations).toHaveLength(2);
  });

  it.each<[string, ('Date' | 'performance')[]]>([
    ['the clock of the machine', ['Date']],
    ['the clock that is never set', ['performance']],
  ])('knows of a logout when that time is over but for two seconds, by %s', async (_which, toFake) => {
    vi.useFakeTimers({ toFake });
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    await check.isLoggedOut(alice);
    await logOut(alice);
    // What it read may have been two seconds old.
    vi.advanceTimersByTime(2999);
    expect(await check.isLoggedOut(alice)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await check.isLoggedOut(alice)).toBe(true);
  });

  it('counts the time from before it reads', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    proxy.fateOf = () => {
      vi.advanceTimersByTime(1500);
      return 'pass';
    };
    expect(await readsOf(check, alice, alice)).toBe(2);
  });

  it('never asks again about a login that was logged out', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    await logOut(alice);
    expect(await readsOf(check, alice)).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(await readsOf(check, alice)).toBe(0);
    expect(await check.isLoggedOut(alice)).toBe(true);
  });

  it('takes the next login of the same user for another one', async () => {
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    await logOut(alice);
    expect(await check.isLoggedOut(alice)).toBe(true);
    expect(await check.isLoggedOut({ ...alice, idTokenIssuedAt: now() + 2 })).toBe(false);
  });

  it('remembers no failure', async () => {
    const check = new LogoutCheck({ store, maxAgeSeconds: 5 });
    const alice = login();
    proxy.fateOf = () => 'lose request';
    await expect(check.isLoggedOut(alice)).rejects.toThrow();
    proxy.fateOf = () => 'pass';
    expect(await check.isLoggedOut(alice)).toBe(false);
  });

  it('remembers maxEntries logins, and forgets those first that were read first', async () => {
    const check = new LogoutCheck({ store, maxAgeSeconds: 5, maxEntries: 2 });
    const [a, b, c] = [login(), login(), login()];
    expect(await readsOf(check, a, b, c)).toBe(3);
    expect(await readsOf(check, b, c)).toBe(0);
    expect(await readsOf(check, a)).toBe(1);
  });
});

describe('a check', () => {
  const BOTH = { sub: 'alice', sid: 'one' };
  it.each<[number, Pick<LoginIdentity, 'sub' | 'sid'>, number]>([
    [0, BOTH, 2],
    [1, BOTH, 2],
    [3, BOTH, 2],
    [4, BOTH, 1],
    [3600, BOTH, 1],
    [3, { sub: 'alice' }, 1],
    [4, { sub: 'alice' }, 0.5],
  ])('with maxAgeSeconds %d, of %o, costs %d read units', async (maxAgeSeconds, scopes, units) => {
    let read = 0;
    table.client.middlewareStack.add(
      (next) => async (sent) => {
        const answered = await next({ ...sent, input: { ...sent.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity } = z.parse(Consumed, answered.output);
        read += ConsumedCapacity.CapacityUnits;
        return answered;
      },
      { step: 'initialize' },
    );
    const check = new LogoutCheck({ store: new SessionStore(table), maxAgeSeconds });
    const identity = { issuer: 'https://op.example.com', clientId: 'shop', ...scopes, idTokenIssuedAt: now() };
    expect(await check.isLoggedOut(identity)).toBe(false);
    expect(read).toBe(units);
  });

  /** As DynamoDB has it, where copies of an item are two seconds behind. */
  function laggingStore() {
    let [loggedOutAt, reads] = [Number.POSITIVE_INFINITY, 0];
    return {
      logOut: () => {
        loggedOutAt = Date.now();
      },
      reads: () => reads,
      isLoggedOut: async (_login: LoginIdentity, { consistentRead = true } = {}) => {
        reads += 1;
        return Date.now() - (consistentRead ? 0 : 2000) >= loggedOutAt;
      },
    };
  }

  // Whenever the logout comes between two checks.
  it.each([0, 1, 2, 3, 4, 5, 8])(
    'with maxAgeSeconds %d knows of a logout in that time, from copies that are behind',
    async (maxAgeSeconds) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      for (let milliseconds = 0; milliseconds <= 10_000; milliseconds += 500) {
        const lagging = laggingStore();
        const check = new LogoutCheck({ store: lagging, maxAgeSeconds });
        const alice = login();
        for (let waited = 0; waited < milliseconds; waited += 500) {
          expect(await check.isLoggedOut(alice)).toBe(false);
          vi.setSystemTime(Date.now() + 500);
        }
        lagging.logOut();
        for (let waited = 0; waited < maxAgeSeconds * 1000; waited += 500) {
          await check.isLoggedOut(alice);
          vi.setSystemTime(Date.now() + 500);
        }
        expect(await check.isLoggedOut(alice)).toBe(true);
      }
    },
  );

  it.each([
    [3, 3],
    [4, 2],
    [8, 6],
  ])('with maxAgeSeconds %d reads a login that stands every %d seconds', async (maxAgeSeconds, seconds) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const lagging = laggingStore();
    const check = new LogoutCheck({ store: lagging, maxAgeSeconds });
    const alice = login();
    for (let second = 0; second < 4 * seconds; second += 1) {
      await check.isLoggedOut(alice);
      vi.setSystemTime(Date.now() + 1000);
    }
    expect(lagging.reads()).toBe(4);
  });
});

describe('what a check remembers', () => {
  /** Checks logins by name, and tells which of them it has read since it was asked last. */
  function newCheck(loggedOut: readonly string[], limits: { maxAgeSeconds: number; maxEntries: number }) {
    vi.useFakeTimers({ toFake: ['Date'] });
    const read: string[] = [];
    const stub = {
      isLoggedOut: async ({ sub = '' }: LoginIdentity) => {
        read.push(sub);
        return loggedOut.includes(sub);
      },
    };
    const check = new LogoutCheck({ store: stub, ...limits });
    return async (names: string): Promise<string> => {
      for (const sub of names) {
        expect(await check.isLoggedOut({ issuer: 'i', clientId: 'c', sub, idTokenIssuedAt: 1 })).toBe(
          loggedOut.includes(sub),
        );
      }
      return read.splice(0).join('');
    };
  }

  it('is as many logins that stand as it may, of which those go first that were read first', async () => {
    const readsOfCheck = newCheck([], { maxAgeSeconds: 5, maxEntries: 2 });
    expect(await readsOfCheck('abab')).toBe('ab');
    vi.setSystemTime(Date.now() + 5000);
    // Now b was read first.
    expect(await readsOfCheck('aca')).toBe('ac');
    expect(await readsOfCheck('b')).toBe('b');
  });

  it('is as many that were logged out beside them', async () => {
    const readsOfCheck = newCheck(['x', 'y', 'z'], { maxAgeSeconds: 5, maxEntries: 2 });
    expect(await readsOfCheck('xyabxyab')).toBe('xyab');
    expect(await readsOfCheck('zyz')).toBe('z');
    expect(await readsOfCheck('x')).toBe('x');
  });

  it('has room for one that stands again when another has turned out to be logged out', async () => {
    const readsOfCheck = newCheck(['x'], { maxAgeSeconds: 5, maxEntries: 2 });
    expect(await readsOfCheck('axba')).toBe('axb');
  });

  it('is nothing of those that stand where it may be of no age, and all of those that were logged out', async () => {
    const readsOfCheck = newCheck(['x'], { maxAgeSeconds: 0, maxEntries: 2 });
    expect(await readsOfCheck('axax')).toBe('axa');
  });
});

describe('a check whose reads take long', () => {
  const alice = { issuer: 'i', clientId: 'c', sub: 'alice', idTokenIssuedAt: 1 };
  const setUp = () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const reads: { resolve(isLoggedOut: boolean): void; reject(error: Error): void }[] = [];
    const isLoggedOut = () => new Promise<boolean>((resolve, reject) => reads.push({ resolve, reject }));
    return { reads, check: new LogoutCheck({ store: { isLoggedOut }, maxAgeSeconds: 1 }) };
  };

  it('gives everybody who waits the answer that the login was logged out, however late', async () => {
    const { reads, check } = setUp();
    const answers = [check.isLoggedOut(alice), check.isLoggedOut(alice)];
    vi.setSystemTime(Date.now() + 2000);
    reads[0]?.resolve(true);
    expect(await Promise.all(answers)).toEqual([true, true]);
    expect(reads).toHaveLength(1);
  });

  it('keeps what it has read since from a failure that comes late', async () => {
    const { reads, check } = setUp();
    const first = check.isLoggedOut(alice);
    vi.setSystemTime(Date.now() + 2000);
    const second = check.isLoggedOut(alice);
    reads[0]?.reject(new Error('late'));
    await expect(first).rejects.toThrow('late');
    reads[1]?.resolve(false);
    expect([await second, await check.isLoggedOut(alice)]).toEqual([false, false]);
    expect(reads).toHaveLength(2);
  });
});

it.each([
  ['maxAgeSeconds', -1],
  ['maxAgeSeconds', 3601],
  ['maxAgeSeconds', 0.5],
  ['maxEntries', 0],
])('refuses %s of %s', (name, value) => {
  expect(() => new LogoutCheck({ store, [name]: value })).toThrow(name);
});
