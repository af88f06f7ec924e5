import { vi } from 'vitest';

/** What `AbortSignal.timeout` gives aborts when a test lets the time pass, and not by itself. */
export interface ToldTimeouts {
  pass(milliseconds: number): void;
}

/** Until all mocks are restored. */
export function tellTimeouts(): ToldTimeouts {
  let now = 0;
  const waiting = new Map<AbortController, number>();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const controller = new AbortController();
    waiting.set(controller, now + milliseconds);
    return controller.signal;
  });
  return {
    pass(milliseconds) {
      now += milliseconds;
      for (const [controller, at] of waiting) {
        if (at <= now) {
          waiting.delete(controller);
          controller.abort(new DOMException('the time is spent', 'TimeoutError'));
        }
      }
    },
  };
}
