import { afterEach, expect, it, vi } from 'vitest';
import { epochMilliseconds, epochSeconds, exactEpochSeconds } from '../../../relying-party/sessions/clock.ts';

afterEach(() => void vi.useRealTimers());

it('the clock says what a test sets it to: whole seconds, seconds with their fraction, milliseconds', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1999 });
  expect([epochSeconds(), exactEpochSeconds(), epochMilliseconds()]).toEqual([1, 1.999, 1999]);
});
