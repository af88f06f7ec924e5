import { afterEach, beforeEach, vi } from 'vitest';

/** In each test of the file, time stands still, so that it is the same however often a test reads it. */
export function standingClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
