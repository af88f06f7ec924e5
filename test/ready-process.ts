import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The local run in a process of its own. */
export interface ReadyProcess {
  /** What it has said on stdout when it was ready, as JSON. */
  readonly ready: unknown;
  /** What it has written to stderr so far. */
  log(): string;
  stop(): Promise<void>;
}

/** From the sources, as `npm start` does. */
export const FROM_SOURCES = ['build/launch.mjs', 'local/start.ts', '--port', '0', '--json'];

/**
 * Starts the local run, and waits until it is ready.
 *
 * @param args of Node.js, with `--json` among them
 * @param env beside that of the tests
 */
export async function startReadyProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ReadyProcess> {
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    // Run by npm, it ends when who started it is gone.
    env: { ...process.env, npm_lifecycle_event: 'start', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exited.then(() => {
      throw new Error(`the local run ended before it was ready: ${log}`);
    }),
  ]);
  return {
    ready: JSON.parse(line),
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
