import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server that runs in a process of its own, and in those that it starts. */
export interface ServerProcess {
  /** What the pattern found in its output when it was ready. */
  readonly ready: RegExpExecArray;
  stop(): Promise<void>;
}

/**
 * Starts a server, and waits until it says that it is ready.
 *
 * @param ready found in its output, on stdout or stderr, when it is
 * @param env beside that of the tests
 */
export async function startServerProcess(
  [program, ...args]: readonly [string, ...string[]],
  ready: RegExp,
  env: NodeJS.ProcessEnv,
): Promise<ServerProcess> {
  // A group of its own: what starts a server by a shell script leaves it behind when only the shell ends.
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGTERM');
    }
  };
  // Nor may it outlive a test run that is given up.
  process.once('exit', kill);
  let output = '';
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    const read = (chunk: unknown) => {
      output += chunk;
      const match = ready.exec(output);
      if (match) {
        resolve(match);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    exited.then(() => reject(new Error(`${program} ended before it was ready: ${output}`)), reject);
  });
  return {
    ready: found,
    async stop() {
      process.off('exit', kill);
      kill();
      await exited;
    },
  };
}
