import type { Shutdown } from '../process/shutdown.ts';
import { FunctionError, type FunctionProcess } from './function-process.ts';
import { type ProcessBounds, processBounds, processSlots } from './process-slots.ts';
import type { RunningCode } from './running-code.ts';
import { warmProcesses } from './warm-processes.ts';

/**
 * Has a function handle an event.
 *
 * @returns what the function returned
 * @throws FunctionError where it returned nothing
 */
export type Invoke = (event: unknown) => Promise<unknown>;

/**
 * Runs a function as Lambda does: a process handles one event at a time and is kept for later ones. Lambda has as many as
 * there are events at the same time; here there are no more than the machine can use, and further events wait.
 * When the code is replaced, a process finishes the event that it has, and handles no other one.
 *
 * @param start starts a process of the function
 */
export function functionProcesses(
  start: () => FunctionProcess,
  shutdown: Shutdown,
  code: Pick<RunningCode, 'onReplaced'>,
  bounds: ProcessBounds = processBounds(),
): Invoke {
  const alive = new Set<FunctionProcess>();
  const warm = warmProcesses();
  /** Those that run the code of now. */
  const current = new Set<FunctionProcess>();
  const slots = processSlots(bounds);
  let isEnding = false;
  shutdown.onEnd(async () => {
    isEnding = true;
    await Promise.all([...alive].map((functionProcess) => functionProcess.end()));
  });
  code.onReplaced(() => {
    current.clear();
    warm.end();
  });

  function coldProcess(): FunctionProcess {
    if (isEnding) {
      throw new FunctionError('the local run is ending');
    }
    const cold = start();
    alive.add(cold);
    current.add(cold);
    cold.onExit(() => {
      alive.delete(cold);
      current.delete(cold);
      warm.remove(cold);
    });
    slots.loading(cold.settled);
    return cold;
  }

  function giveBack(used: FunctionProcess): void {
    if (!current.has(used)) {
      void used.end();
    } else if (used.isAlive()) {
      warm.add(used);
    }
  }

  return async (event) => {
    await slots.take();
    try {
      const functionProcess = warm.take() ?? coldProcess();
      try {
        return await functionProcess.invoke(event);
      } finally {
        giveBack(functionProcess);
      }
    } finally {
      slots.giveBack();
    }
  };
}
