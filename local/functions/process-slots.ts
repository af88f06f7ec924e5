import { availableParallelism } from 'node:os';

const MOST_PROCESSES = 10;
const STANDSTILL_MILLISECONDS = 1_000;

/** How many processes a function has at the same time. */
export interface ProcessBounds {
  /** As many as the machine can keep busy. */
  readonly usual: number;
  /** With those that only wait, for an OP that does not answer, say. */
  readonly most: number;
}

/**
 * The bounds on this machine.
 *
 * @param reserved the function's reserved concurrency, where it has one. Lambda refuses calls beyond it; here they wait.
 */
export function processBounds(reserved = MOST_PROCESSES, cores = availableParallelism()): ProcessBounds {
  const most = Math.min(MOST_PROCESSES, reserved);
  return { usual: Math.min(most, Math.max(2, cores)), most };
}

/** Lets calls of a function run, or has them wait. */
export interface ProcessSlots {
  /** Resolves when a call may run. */
  take(): Promise<void>;
  /** Lets the call run that has waited longest. */
  giveBack(): void;
  /** Has a process count as loading until then: calls wait for it. */
  loading(loaded: Promise<unknown>): void;
}

/**
 * Gives as many slots as is usual. Where calls wait, no process is loading, and none has finished a call for a second, it
 * gives one more: what the processes wait for must not hold up the other calls, which Lambda runs beside them.
 */
export function processSlots({ usual, most }: ProcessBounds): ProcessSlots {
  const waiting: (() => void)[] = [];
  let taken = 0;
  let loadingCount = 0;
  let standstill: NodeJS.Timeout | undefined;

  function watch(): void {
    clearTimeout(standstill);
    if (waiting.length > 0 && loadingCount === 0 && taken < most) {
      standstill = setTimeout(() => {
        taken++;
        waiting.shift()?.();
        watch();
      }, STANDSTILL_MILLISECONDS).unref();
    }
  }

  return {
    async take() {
      if (taken < usual) {
        taken++;
        return;
      }
      const turn = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 1) {
        watch();
      }
      await turn;
    },
    giveBack() {
      const next = waiting.shift();
      if (next) {
        next();
      } else {
        taken--;
      }
      watch();
    },
    loading(loaded) {
      loadingCount++;
      watch();
      void loaded.finally(() => {
        loadingCount--;
        watch();
      });
    },
  };
}
