import { expect, it } from 'vitest';
import { type Claimant, type FetchSlot, isFetching, isOpen } from '../../../receiver/jwks/fetch-slot.ts';

const NOW = 1_800_000_000;

/** A slot that was claimed so many seconds ago, and whose fetch is under way. */
const claimed = (secondsAgo: number): FetchSlot => ({ claim: 'a', claimedAt: NOW - secondsAgo });
const settled = (secondsAgo: number): FetchSlot => ({ ...claimed(secondsAgo), settledClaim: 'a' });
const settledBefore = (secondsAgo: number): FetchSlot => ({ ...claimed(secondsAgo), settledClaim: 'the one before' });

it.each<[string, Claimant, (secondsAgo: number) => FetchSlot, number]>([
  ['after a cooldown', 'request', settled, 25],
  ['after a cooldown', 'background', settled, 25],
  ['after a cooldown, which is longer than a fetch takes, where it is under way', 'request', claimed, 25],
  ['when a fetch that is under way must have ended', 'background', claimed, 32],
  ['when it must have ended, whatever ended before', 'background', settledBefore, 32],
])('a slot opens %s (%s)', (_when, claimant, slot, seconds) => {
  expect(isOpen(slot(seconds - 0.001), claimant, NOW)).toBe(false);
  expect(isOpen(slot(seconds), claimant, NOW)).toBe(true);
});

it('a slot that nobody has claimed is open, and nobody is fetching', () => {
  expect(isOpen(undefined, 'request', NOW)).toBe(true);
  expect(isFetching(undefined, 'request', NOW)).toBe(false);
});

it('a slot is closed by a clock that is ahead by a minute, and not by one that is wrong', () => {
  expect(isOpen(settled(-60), 'request', NOW)).toBe(false);
  expect(isOpen(settled(-60.001), 'request', NOW)).toBe(true);
});

it('a slot opens at the very millisecond, whatever is lost in dividing by a thousand', () => {
  const opensAt = (milliseconds: number): boolean[] =>
    [24_999, 25_000].map((passed) =>
      isOpen(
        { claim: 'a', claimedAt: milliseconds / 1000, settledClaim: 'a' },
        'request',
        (milliseconds + passed) / 1000,
      ),
    );
  const wrong = Array.from({ length: 1000 }, (_, index) => NOW * 1000 + index).filter(
    (milliseconds) => opensAt(milliseconds).join() !== 'false,true',
  );
  expect(wrong).toEqual([]);
});

it.each<[Claimant, number]>([
  ['request', 5],
  ['background', 32],
])('a fetch of %s is waited for %i seconds from its claim, by clocks that differ', (claimant, seconds) => {
  const times = [seconds - 0.001, seconds, 0.001 - seconds, -seconds];
  expect(times.map((secondsAgo) => isFetching(claimed(secondsAgo), claimant, NOW))).toEqual([true, false, true, false]);
  expect(isFetching(settledBefore(0), claimant, NOW)).toBe(true);
  expect(isFetching(settled(0), claimant, NOW)).toBe(false);
});
