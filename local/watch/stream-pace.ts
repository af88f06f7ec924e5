import { setTimeout as delay } from 'node:timers/promises';

const CALM_MILLISECONDS = 100;
const HURRIED_MILLISECONDS = 5;
/** How long it hurries: requests mostly are answered by then. */
const HURRY_MILLISECONDS = 1_000;
/** For a stream that cannot be read. */
const MOST_WAITING_MILLISECONDS = 500;

/**
 * How often a table's stream is read. It knows no time within a second, so what it tells is told as soon as it may be, and
 * before anything that comes of it.
 */
export interface StreamPace {
  /** Has the stream read at once, and often for a while: something will change. */
  hurry(): void;
  /** Does something when all has been told that is in the stream by now; at once, where nobody reads it. */
  afterRead(work: () => void): void;
  /** Waits until the next read, after one that found nothing. */
  pause(ending: AbortSignal): Promise<void>;
}

export function createStreamPace(): StreamPace {
  const waiting = new Set<() => void>();
  let hurriesUntil = 0;
  let wake = () => {};
  let isRead = false;
  const hurry = () => {
    hurriesUntil = performance.now() + HURRY_MILLISECONDS;
    wake();
  };
  return {
    hurry,
    afterRead(work) {
      if (!isRead) {
        work();
        return;
      }
      // A read may be under way that began too early: the one after it counts.
      let readsLeft = 2;
      const onRead = () => {
        readsLeft--;
        if (readsLeft <= 0 && waiting.delete(onRead)) {
          clearTimeout(timer);
          work();
        }
      };
      const timer = setTimeout(() => {
        readsLeft = 0;
        onRead();
      }, MOST_WAITING_MILLISECONDS);
      waiting.add(onRead);
      hurry();
    },
    async pause(ending) {
      isRead = true;
      for (const onRead of [...waiting]) {
        onRead();
      }
      const woken = new AbortController();
      wake = () => woken.abort();
      ending.addEventListener('abort', wake, { signal: woken.signal });
      const milliseconds = performance.now() < hurriesUntil ? HURRIED_MILLISECONDS : CALM_MILLISECONDS;
      // It rejects when it is woken.
      await delay(milliseconds, undefined, { signal: woken.signal }).catch(() => undefined);
      // The listener goes with it.
      woken.abort();
    },
  };
}
