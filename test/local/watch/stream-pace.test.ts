import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStreamPace } from '../../../local/watch/stream-pace.ts';

const ending = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('what comes of a change waits until the stream has been read again', async () => {
  const pace = createStreamPace();
  const done: string[] = [];
  await pace.pause(ending);
  pace.afterRead(() => done.push('answer'));
  // The read before this one may have begun too early.
  await pace.pause(ending);
  expect(done).toEqual([]);
  await pace.pause(ending);
  await pace.pause(ending);
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(['answer']);
});

it('it does not wait where nobody reads the stream', () => {
  const done: string[] = [];
  createStreamPace().afterRead(() => done.push('answer'));
  expect(done).toEqual(['answer']);
});

it('it does not wait for long where the stream cannot be read', async () => {
  const pace = createStreamPace();
  const done: string[] = [];
  await pace.pause(ending);
  pace.afterRead(() => done.push('answer'));
  vi.advanceTimersByTime(500);
  expect(done).toEqual(['answer']);
  await pace.pause(ending);
  await pace.pause(ending);
  expect(done).toEqual(['answer']);
});

it('the next read comes at once when something is going to change, and when the run ends', async () => {
  const [pace, run] = [createStreamPace(), new AbortController()];
  const order: string[] = [];
  const calm = createStreamPace().pause(ending);
  const woken = pace.pause(ending);
  const ended = createStreamPace().pause(run.signal);
  pace.hurry();
  run.abort();
  await Promise.all([
    calm.then(() => order.push('calm')),
    woken.then(() => order.push('woken')),
    ended.then(() => order.push('ended')),
  ]);
  expect(order.at(-1)).toBe('calm');
});
