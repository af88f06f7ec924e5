import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from '../../../bench/fleet/event-queue.ts';
import { TokenBucket } from '../../../bench/fleet/token-bucket.ts';

it('events come by their time, and those of one time in the order in which they were scheduled', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (delays) => {
      const events = new EventQueue();
      const come: number[] = [];
      delays.map((delay, index) => events.after(delay, () => come.push(index)));
      events.runUntil(20);
      const expected = delays
        .map((_, index) => index)
        .toSorted((a, b) => Number(delays[a]) - Number(delays[b]) || a - b);
      expect(come).toEqual(expected);
    }),
    { seed: 1 },
  );
});

it('what an event schedules comes too, up to the end', () => {
  const events = new EventQueue();
  const come: number[] = [];
  const again = () => {
    come.push(events.now);
    events.after(10, again);
  };
  events.after(5, again);
  events.runUntil(30);
  expect(come).toEqual([5, 15, 25]);
});

it('a bucket lets through what it holds, and then what runs in', () => {
  const bucket = new TokenBucket(10, 3);
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
  expect(bucket.take(99)).toBe(false);
  expect(bucket.take(100)).toBe(true);
  expect(bucket.take(10_000, 3)).toBe(true);
  expect(bucket.take(10_000, 0.5)).toBe(false);
});
