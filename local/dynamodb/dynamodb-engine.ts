import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { listeningPort, portProblem } from '../loopback/listening-port.ts';
import { endProcess } from '../process/end-process.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import { dynoxide } from './dynoxide.ts';

const ATTEMPTS = 3;
const START_MILLISECONDS = 10_000;
const GRACE_MILLISECONDS = 1_000;
const SETPRIV = '/usr/bin/setpriv';

/** A program that speaks the DynamoDB API. */
export interface EngineProgram {
  readonly name: string;
  /** Command line that serves on the port of 127.0.0.1 and says "listening" once it does. */
  commandLine(port: number, dataDirectory: string | undefined): readonly string[];
  /** Of an engine that is to have its data in files always. */
  readonly database?: {
    /** Makes a directory for data that need not outlive the engine. */
    temporaryDirectory(): string;
    /** Adds the indexes that the engine lacks, while it serves the data in the directory. */
    addIndexes(directory: string): Promise<void>;
  };
}

/** An engine that runs as a child process. */
export interface DynamodbEngine {
  readonly endpoint: string;
  /** Rejects when the engine ends by itself. */
  readonly failure: Promise<never>;
}

/**
 * Finds an engine among the installed packages.
 *
 * @param from URL of the module whose node_modules are searched
 * @throws StartupError where there is none
 */
export function findEngine(from: string = import.meta.url): EngineProgram {
  const binary = resolveInstalled('@dynoxide/linux-x64/dynoxide', from);
  if (binary) {
    return dynoxide(binary, dyingWithParent());
  }
  const dynalite = resolveInstalled('dynalite/cli.js', from);
  if (dynalite) {
    return {
      name: 'dynalite',
      commandLine: (port, directory) => [
        ...dyingWithParent(),
        process.execPath,
        dynalite,
        ...['--host', '127.0.0.1', '--port', `${port}`, '--createTableMs', '0'],
        ...(directory ? ['--path', join(directory, 'dynalite')] : []),
      ],
    };
  }
  throw new StartupError(
    'no embedded DynamoDB: neither @dynoxide/linux-x64 nor dynalite is installed; npm install one, or give --dynamodb-endpoint URL',
  );
}

/**
 * Starts an engine on a port of 127.0.0.1 and waits until it serves.
 *
 * @param dataDirectory where it keeps its data; without it, in memory
 * @param wantedPort 0 takes a free one
 * @throws StartupError where it does not start
 */
export async function startDynamodbEngine(
  program: EngineProgram,
  dataDirectory: string | undefined,
  shutdown: Shutdown,
  wantedPort = 0,
): Promise<DynamodbEngine> {
  makeDirectory(dataDirectory);
  const temporary = dataDirectory === undefined ? program.database?.temporaryDirectory() : undefined;
  const started = startWith(program, dataDirectory ?? temporary, shutdown, wantedPort).finally(() => {
    // The engine has its files open: they stay until it ends, however that comes, and nothing is left behind.
    if (temporary !== undefined) {
      rmSync(temporary, { recursive: true });
    }
  });
  shutdown.onEnd(async () => void (await Promise.allSettled([started])));
  return await started;
}

async function startWith(
  program: EngineProgram,
  directory: string | undefined,
  shutdown: Shutdown,
  wantedPort: number,
): Promise<DynamodbEngine> {
  let problem = '';
  // Another program can take the free port before the engine does.
  for (let attempt = 0; attempt < (wantedPort === 0 ? ATTEMPTS : 1); attempt++) {
    const port = await findPort(wantedPort);
    const [file = '', ...args] = program.commandLine(port, directory);
    // In a group of its own, so that Ctrl-C reaches the runner alone, which then ends the engine.
    const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    shutdown.onEnd(() => endProcess(child, GRACE_MILLISECONDS));
    problem = await untilListening(child);
    if (problem === '') {
      const failure = unexpectedEnd(child, program.name);
      await addIndexes(program, directory, shutdown);
      return { endpoint: `http://127.0.0.1:${port}`, failure };
    }
  }
  throw new StartupError(`the embedded DynamoDB (${program.name}) does not start: ${problem}`);
}

/** Without them it serves too, but slows down. */
async function addIndexes(
  { name, database }: EngineProgram,
  directory: string | undefined,
  shutdown: Shutdown,
): Promise<void> {
  try {
    if (directory !== undefined) {
      await database?.addIndexes(directory);
    }
  } catch (error) {
    if (!shutdown.hasBegun) {
      process.stderr.write(`the embedded DynamoDB (${name}) gets slower with each write: ${String(error)}\n`);
    }
  }
}

/** Resolves to '' once the engine listens, else to what it said instead. */
function untilListening(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MILLISECONDS);
    const settle = (problem: string) => {
      clearTimeout(timer);
      // The pipes are still read, so that the engine never waits for a reader.
      child.stdout?.off('data', read).resume();
      child.stderr?.off('data', read).resume();
      resolve(problem);
    };
    const read = (chunk: Buffer) => {
      output += chunk;
      if (/listening/i.test(output)) {
        settle('');
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => settle(error.message));
    child.once('close', () => settle(output.trim().replaceAll(/\s*\n\s*/g, '; ') || 'it ended without a word'));
  });
}

function unexpectedEnd(child: ChildProcess, name: string): Promise<never> {
  const failure = once(child, 'exit').then(([code, signal]) => {
    throw new StartupError(`the embedded DynamoDB (${name}) ended: ${signal ?? `exit code ${code}`}`);
  });
  // Whoever does not wait for it need not handle it.
  failure.catch(() => undefined);
  return failure;
}

/** Has the kernel end the engine when this process is killed without a chance to do so itself. */
function dyingWithParent(): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'TERM'] : [];
}

function resolveInstalled(path: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(path);
  } catch {
    return undefined;
  }
}

function makeDirectory(path: string | undefined): void {
  try {
    if (path !== undefined) {
      mkdirSync(path, { recursive: true });
    }
  } catch (cause) {
    throw new StartupError(`--data ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Tried here first: what an engine says of a port that it cannot have differs from one to the other. */
async function findPort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new StartupError(portProblem('--dynamodb-port', wanted, cause), { cause });
  }
  const port = listeningPort(server);
  server.close();
  await once(server, 'close');
  return port;
}
