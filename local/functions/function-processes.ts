import type { Shutdown } from '../process/shutdown.ts';
import { FunctionError, type FunctionProcess } from './function-process.ts';

const MOST_PROCESSES = 10;

/**
 * Has a function handle an event.
 *
 * @returns what the function returned
 * @throws FunctionError where it returned nothing
 */
export type Invoke = (event: unknown) => Promise<unknown>;

/**
 * Runs a function as Lambda does: a process handles one event at a time and is kept for later ones, and there are as
 * many processes as there are events at the same time. When ten are busy, further events wait.
 *
 * @param start starts a process of the function
 */
export function functionProcesses(start: () => FunctionProcess, shutdown: Shutdown): Invoke {
  const alive = new Set<FunctionProcess>();
  const idle = new Set<FunctionProcess>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let isEnding = false;
  shutdown.onEnd(async () => {
    isEnding = true;
    await Promise.all([...alive].map((functionProcess) => functionProcess.end()));
  });

  function takeProcess(): FunctionProcess {
    const [warm] = idle;
    if (warm) {
      idle.delete(warm);
      return warm;
    }
    if (isEnding) {
      throw new FunctionError('the local run is ending');
    }
    const cold = start();
    alive.add(cold);
    cold.onExit(() => {
      alive.delete(cold);
      idle.delete(cold);
    });
    return cold;
  }

  return async (event) => {
    if (busy === MOST_PROCESSES) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      busy++;
    }
    try {
      const functionProcess = takeProcess();
      try {
        return await functionProcess.invoke(event);
      } finally {
        if (functionProcess.isAlive()) {
          idle.add(functionProcess);
        }
      }
    } finally {
      const next = waiting.shift();
      if (next) {
        next();
      } else {
        busy--;
      }
    }
  };
}
