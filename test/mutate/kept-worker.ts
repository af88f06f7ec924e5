import { type PoolOptions, type PoolRunnerInitializer, type PoolWorker, ThreadsPoolWorker } from 'vitest/node';

let kept: ThreadsPoolWorker | undefined;

/**
 * Runs tests in one thread that stays, with all modules that it has loaded: to load them anew for every mutant took nine
 * tenths of the time. Stryker switches mutants while the modules stay; those that take effect while a module loads are
 * run in a thread of their own.
 */
export const keptWorker: PoolRunnerInitializer = { name: 'kept', createPoolWorker };

export async function endKeptWorker(): Promise<void> {
  await kept?.stop();
  kept = undefined;
}

function createPoolWorker(options: PoolOptions): PoolWorker {
  // What Stryker's runner provides to the tests.
  const isStatic = Object.entries(options.project.getProvidedContext()).some(
    ([name, value]) => name === 'mutantActivation' && value === 'static',
  );
  const thread = (isStatic ? undefined : kept) ?? new ThreadsPoolWorker(options);
  const listeners: [event: string, listener: (value: unknown) => void][] = [];
  return {
    name: 'kept',
    on(event, listener) {
      listeners.push([event, listener]);
      thread.on(event, listener);
    },
    off: (event, listener) => thread.off(event, listener),
    send(message) {
      if (message.type === 'stop' && thread === kept) {
        // The thread would listen no more.
        const stopped = { type: 'stopped', __vitest_worker_response__: true };
        const tells = listeners.filter(([event]) => event === 'message').map(([, listener]) => listener);
        setImmediate(() => {
          for (const tell of tells) {
            tell(stopped);
          }
        });
      } else {
        thread.send(message);
      }
    },
    deserialize: (data) => thread.deserialize(data),
    async start() {
      if (thread !== kept) {
        await thread.start();
      }
      if (!isStatic) {
        kept = thread;
        thread.on('exit', () => {
          kept = kept === thread ? undefined : kept;
        });
      }
    },
    async stop() {
      if (thread !== kept) {
        await thread.stop();
        return;
      }
      for (const [event, listener] of listeners) {
        thread.off(event, listener);
      }
    },
  };
}
