import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends a child process and waits until it is gone.
 *
 * @param graceMilliseconds how long it may take to end by itself before it is killed
 */
export async function endProcess(child: ChildProcess, graceMilliseconds: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
  await exited;
  clearTimeout(timer);
}
