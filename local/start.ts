import type { LocalRun } from './local-run.ts';
import { createShutdown } from './process/shutdown.ts';
import type { SampleRun } from './stage/sample-run.ts';
import type { StartOptions } from './start-options.ts';

// Before anything else is loaded: whatever has been started by the time a signal comes must end with it.
const shutdown = createShutdown();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end(0));
}
if (isRunByNpm()) {
  const parent = process.ppid;
  // npm was killed, or it killed a shell that stood between: no signal comes then.
  setInterval(() => process.ppid !== parent && end(0), 500).unref();
}

try {
  await start();
} catch (error) {
  await fail(error);
}

async function start(): Promise<void> {
  const { helpText, parseStartOptions } = await import('./start-options.ts');
  const options = parseStartOptions(process.argv.slice(2), callerDirectory());
  if (options.help) {
    process.stdout.write(helpText);
    return;
  }
  say('starts; after a change it first builds the functions and synthesizes the stacks, which takes some seconds');
  const run = await runOf(options);
  const { readyJson, readyText } = await import('./ready-message.ts');
  if (!shutdown.hasBegun) {
    process.stdout.write(options.json ? readyJson(run) : readyText(run));
  }
  await run.failure;
}

async function runOf(options: StartOptions): Promise<LocalRun | SampleRun> {
  const { relyingPartiesFile } = options;
  if (relyingPartiesFile === undefined || options.sample) {
    const { startSample } = await import('./stage/sample-run.ts');
    return await startSample(options, shutdown, say);
  }
  const [{ startLocalRun }, { followRelyingParties }] = await Promise.all([
    import('./local-run.ts'),
    import('./relying-parties/followed-file.ts'),
  ]);
  const starting = startLocalRun({ ...options, relyingPartiesFile }, shutdown, say);
  followRelyingParties(relyingPartiesFile, () => relyingPartiesFile, starting, shutdown, say);
  return await starting;
}

async function end(exitCode: number): Promise<void> {
  if (!shutdown.hasBegun) {
    await shutdown.end();
    process.exit(exitCode);
  }
}

async function fail(error: unknown): Promise<void> {
  say(hasPlainMessage(error) ? error.message : (error instanceof Error && error.stack) || String(error));
  await end(1);
}

function hasPlainMessage(error: unknown): error is Error {
  const names = ['StartupError', 'RelyingPartiesError', 'SecretsFileError', 'ConfigurationError'];
  return error instanceof Error && names.includes(error.name);
}

function isRunByNpm(): boolean {
  return process.env.npm_lifecycle_event === 'start';
}

/** npm runs scripts in the project's directory, and says where it was called. */
function callerDirectory(): string {
  return (isRunByNpm() && process.env.INIT_CWD) || process.cwd();
}

function say(line: string): void {
  if (!shutdown.hasBegun) {
    process.stderr.write(`logout-receiver: ${line}\n`);
  }
}
