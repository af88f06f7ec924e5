import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** What a command took. */
export interface Cost {
  /** Seconds until it has ended or, where that is asked for, is ready. */
  readonly wall: number;
  /** CPU seconds of it and of all processes that it started, until they have ended. */
  readonly cpu: number;
}

/**
 * @param args of Node.js
 * @throws Error where it fails
 */
export async function costOf(args: readonly string[]): Promise<Cost> {
  const { started, ended, output } = start(args);
  await ended;
  return { wall: secondsSince(started), cpu: cpuSeconds(await output) };
}

/**
 * The cost until it writes its first line to stdout. It is ended then.
 *
 * @param args of Node.js
 * @throws Error where it ends before
 */
export async function costUntilReady(args: readonly string[]): Promise<Cost> {
  const { started, group, stdout, ended, output } = start(args);
  const failed = ended.then(async () => {
    throw new Error(`it ended before it was ready: ${await output}`);
  });
  await Promise.race([once(createInterface(stdout), 'line'), failed]);
  const wall = secondsSince(started);
  process.kill(-group, 'SIGTERM');
  await ended;
  return { wall, cpu: cpuSeconds(await output) };
}

function start(args: readonly string[]) {
  const started = performance.now();
  // The shell knows the CPU seconds of whatever it has waited for, and outlives the signal that ends the rest.
  const child = spawn('sh', ['-c', 'trap : TERM; "$@" && times >&2', 'sh', process.execPath, ...args], {
    cwd: projectDirectory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid: group, stdout } = child;
  if (group === undefined) {
    throw new Error('there is no shell');
  }
  return { started, group, stdout: stdout.resume(), ended: once(child, 'exit'), output: text(child.stderr) };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

/** In the last line, POSIX's `times` has user and system time of all that the shell waited for: `1m2.34s 0m5.67s`. */
function cpuSeconds(output: string): number {
  const [, ...digits] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\n$/.exec(output) ?? [];
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = digits.map(Number);
  if (
    userMinutes === undefined ||
    userSeconds === undefined ||
    systemMinutes === undefined ||
    systemSeconds === undefined
  ) {
    throw new Error(`it failed: ${output}`);
  }
  return (userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds;
}
