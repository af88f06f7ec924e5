import type { FunctionProcess } from './function-process.ts';

/** How long a process stays that has nothing to do. Lambda keeps them for some minutes. */
const IDLE_MILLISECONDS = 30_000;

/** The processes of a function that have nothing to do. They end after half a minute, but for one. */
export interface WarmProcesses {
  add(functionProcess: FunctionProcess): void;
  /** The process that came last, so that those that are not needed get old. */
  take(): FunctionProcess | undefined;
  remove(functionProcess: FunctionProcess): void;
  end(): void;
}

export function warmProcesses(): WarmProcesses {
  const timers = new Map<FunctionProcess, NodeJS.Timeout>();
  const remove = (functionProcess: FunctionProcess) => {
    clearTimeout(timers.get(functionProcess));
    timers.delete(functionProcess);
  };
  const end = (functionProcess: FunctionProcess) => {
    remove(functionProcess);
    void functionProcess.end();
  };
  return {
    add(functionProcess) {
      const timer = setTimeout(() => {
        if (timers.size > 1) {
          end(functionProcess);
        }
      }, IDLE_MILLISECONDS);
      timers.set(functionProcess, timer.unref());
    },
    take() {
      const last = [...timers.keys()].at(-1);
      if (last) {
        remove(last);
      }
      return last;
    },
    remove,
    end() {
      for (const functionProcess of timers.keys()) {
        end(functionProcess);
      }
    },
  };
}
