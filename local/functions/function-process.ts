import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { endProcess } from '../process/end-process.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** Lambda gives a function this long to load. */
const INIT_MILLISECONDS = 10_000;

const runtimeFile = fileURLToPath(new URL('./lambda-runtime.mjs', import.meta.url));

const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('result'), payload: z.string() }),
  z.object({ type: z.literal('failure'), message: z.string() }),
]);

type Message = z.infer<typeof Message>;

/** An invocation ended without a result: the function threw, ended its process, or took too long. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}

/** A process that runs a function, one event at a time. */
export interface FunctionProcess {
  /** Whether it can take another event. */
  isAlive(): boolean;
  /** Resolves when the function is loaded, or cannot be. */
  readonly settled: Promise<void>;
  /**
   * Has the function handle an event.
   *
   * @returns what it returned
   * @throws FunctionError
   */
  invoke(event: unknown): Promise<unknown>;
  onExit(listener: () => void): void;
  end(): Promise<void>;
}

/**
 * Starts a process that loads a function from its bundle.
 *
 * @param node path of the Node.js to run it on
 * @param environment the whole of it; nothing is inherited
 * @param onLine is told each line that the function writes; without it, lines go to stderr as they are
 */
export function startFunctionProcess(
  lambda: LambdaFunction,
  node: string,
  environment: Readonly<Record<string, string>>,
  onLine?: (line: string) => void,
): FunctionProcess {
  const child = spawn(node, [runtimeFile], {
    cwd: lambda.directory,
    // In a group of its own, so that Ctrl-C reaches the runner alone, which then ends its processes.
    detached: true,
    env: environment,
    // The function's output is the runner's log: stdout belongs to what the runner itself has to say.
    stdio: onLine ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 2, 2, 'ipc'],
  });
  for (const input of [child.stdout, child.stderr]) {
    if (input && onLine) {
      createInterface({ input }).on('line', onLine);
    }
  }
  const initialized = nextMessage(child, INIT_MILLISECONDS, 'loading the function timed out after 10 seconds');
  const ignore = () => undefined;
  child.on('error', ignore);
  return {
    // Whoever invokes the function hears why it cannot be loaded.
    settled: initialized.then(ignore, ignore),
    // A process that was killed from outside can still look connected for a moment.
    isAlive: () =>
      child.pid !== undefined &&
      child.exitCode === null &&
      child.signalCode === null &&
      child.connected &&
      !child.killed,
    async invoke(event) {
      await initialized;
      const timeoutMilliseconds = lambda.timeoutSeconds * 1000;
      const answer = nextMessage(child, timeoutMilliseconds, `timed out after ${lambda.timeoutSeconds} seconds`);
      child.send({
        event,
        requestId: randomUUID(),
        functionArn: lambda.arn,
        deadline: Date.now() + timeoutMilliseconds,
      });
      const message = await answer;
      if (message.type !== 'result') {
        throw new FunctionError(message.type === 'failure' ? message.message : 'it was loaded twice');
      }
      return JSON.parse(message.payload);
    },
    onExit(listener) {
      child.once('exit', listener);
    },
    end: () => endProcess(child, 0),
  };
}

function nextMessage(child: ChildProcess, timeoutMilliseconds: number, timedOut: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      act();
    };
    const fail = (message: string) => settle(() => reject(new FunctionError(message)));
    const onMessage = (message: unknown) => {
      const { success, data } = Message.safeParse(message);
      if (success) {
        settle(() => resolve(data));
      }
    };
    const onExit = (code: number | null, signal: string | null) =>
      fail(`its process ended with ${signal ?? `exit code ${code}`}`);
    const onError = (error: Error) => fail(error.message);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(timedOut);
    }, timeoutMilliseconds);
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
}
