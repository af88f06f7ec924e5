import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/**
 * Runs a server in a process of its own until the test is over, and waits until it says that it is ready.
 *
 * @param ready found in its output, on stdout or stderr, when it is
 * @param env beside that of the tests
 * @returns what the pattern found
 */
export async function startServerProcess(
  [program, ...args]: readonly [string, ...string[]],
  ready: RegExp,
  env: NodeJS.ProcessEnv,
): Promise<RegExpExecArray> {
  // A group of its own: what starts a server by a shell script leaves it behind when only the shell ends.
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGTERM');
      await exited;
    }
  });
  let output = '';
  return await new Promise<RegExpExecArray>((resolve, reject) => {
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
}
