import { readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { type ProcessBounds, processBounds } from '../../../local/functions/process-slots.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { bundledFunction, invoker, temporaryDirectory } from './bundle.ts';

const ENDPOINTS = { dynamodb: 'http://127.0.0.1:8000' };

/** Writes its process id to the directory, and answers with it when so many other calls have come. */
const SOURCE = `
  import { readdirSync, writeFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  export async function handler({ directory, name, untilCount = 0, exits }) {
    writeFileSync(directory + '/' + name + '-' + process.pid, '');
    while (readdirSync(directory).length < untilCount) await setTimeout(5);
    if (exits) process.exit(1);
    return process.pid;
  }`;

/** Calls of a function in this many processes. Time stands still, but for what the test lets pass. */
function calls(bounds: ProcessBounds) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const directory = temporaryDirectory();
  const shutdown = createShutdown();
  const invoke = invoker(bundledFunction(SOURCE), shutdown, ENDPOINTS, bounds);
  let count = 0;
  return {
    shutdown,
    call: async (event: { untilCount?: number; exits?: boolean } = {}) =>
      z.number().parse(await invoke({ directory, name: count++, ...event })),
    /** The processes that calls have come to. */
    pids: () => readdirSync(directory).map((name) => Number(name.split('-')[1])),
  };
}

function times<Result>(count: number, call: () => Promise<Result>): Promise<Result>[] {
  return Array.from({ length: count }, call);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('how many processes a function has', () => {
  it.each([
    [1, undefined, { usual: 2, most: 10 }],
    [2, undefined, { usual: 2, most: 10 }],
    [8, undefined, { usual: 8, most: 10 }],
    [64, undefined, { usual: 10, most: 10 }],
    [8, 4, { usual: 4, most: 4 }],
    [2, 100, { usual: 2, most: 10 }],
    [2, 1, { usual: 1, most: 1 }],
  ])('depends on the cores, %i, and on the reserved concurrency, %s', (cores, reserved, expected) => {
    expect(processBounds(reserved, cores)).toEqual(expected);
  });
});

describe('calls at the same time', () => {
  it('run in processes of their own, and those beyond the bound wait: all are answered', async () => {
    const { call } = calls({ usual: 3, most: 10 });
    // Each of the first three waits for the other two.
    const answers = await Promise.all(times(50, () => call({ untilCount: 3 })));
    expect(new Set(answers).size).toBe(3);
  });

  it('are answered but for one that ends its process, which is replaced', async () => {
    const { call } = calls({ usual: 2, most: 10 });
    // The first that is answered waits for one in the process that comes in the place of the one that ended.
    const results = await Promise.allSettled([call({ exits: true }), ...times(49, () => call({ untilCount: 3 }))]);
    const answers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(answers).toHaveLength(49);
    expect(new Set(answers).size).toBe(2);
  });

  it('get one process more for each second in which none is finished, up to the most', async () => {
    const { call, pids } = calls({ usual: 2, most: 4 });
    const answered = Promise.all(times(6, () => call({ untilCount: 4 })));
    for (const count of [2, 3]) {
      await expect.poll(pids).toHaveLength(count);
      vi.advanceTimersByTime(1_000);
    }
    expect(new Set(await answered).size).toBe(4);
  });

  it('get no more than the most, however long they take', async () => {
    const { call, pids, shutdown } = calls({ usual: 1, most: 2 });
    const results = Promise.allSettled(times(3, () => call({ untilCount: 4 })));
    await expect.poll(pids).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    await expect.poll(pids).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(2); // The timeouts of the two, and none for a third process.
    await shutdown.end();
    expect((await results).map((result) => String(result.status === 'rejected' && result.reason))).toEqual([
      expect.stringMatching('its process ended with SIG'),
      expect.stringMatching('its process ended with SIG'),
      'FunctionError: the local run is ending',
    ]);
    expect(pids().filter(isAlive)).toEqual([]);
  });
});

describe('processes that have nothing to do', () => {
  it('end after half a minute, but for one, which has the next call', async () => {
    const { call, pids } = calls({ usual: 3, most: 3 });
    await Promise.all(times(3, () => call({ untilCount: 3 })));
    vi.advanceTimersByTime(29_999);
    const [last] = await Promise.all([call()]);
    expect(pids().slice(0, 3).filter(isAlive)).toHaveLength(3);
    vi.advanceTimersByTime(1);
    await expect.poll(() => [...new Set(pids())].filter(isAlive)).toEqual([last]);
    vi.advanceTimersByTime(60_000);
    expect(await call()).toBe(last);
  });
});
