import type { Shutdown } from '../process/shutdown.ts';
import { FunctionError, type FunctionProcess } from './function-process.ts';
import type { RunningCode } from './running-code.ts';

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
 * When the code is replaced, a process finishes the event that it has, and handles no other one.
 *
 * @param start starts a process of the function
 */
export function functionProcesses(
  start: () => FunctionProcess,
  shutdown: Shutdown,
  code: Pick<RunningCode, 'onReplaced'>,
): Invoke {
  const alive = new Set<FunctionProcess>();
  const idle = new Set<FunctionProcess>();
  /** Those that run the code of now. */
  const current = new Set<FunctionProcess>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let isEnding = false;
  shutdown.onEnd(async () => {
    isEnding = true;
    await Promise.all([...alive].map((functionProcess) => functionProcess.end()));
  });
  code.onReplaced(() => {
    current.clear();
    for (const functionProcess of idle) {
      idle.delete(functionProcess);
      void functionProcess.end();
    }
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
    current.add(cold);
    cold.onExit(() => {
      alive.delete(cold);
      current.delete(cold);
      idle.delete(cold);
    });
    return cold;
  }

  function giveBack(used: FunctionProcess): void {
    if (!current.has(used)) {
      void used.end();
    } else if (used.isAlive()) {
      idle.add(used);
    }
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
        giveBack(functionProcess);
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
