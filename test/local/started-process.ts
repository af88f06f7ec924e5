import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { temporaryDirectory } from './functions/bundle.ts';

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));
/** What the app is synthesized into, until it is complete. */
const unfinished = join(projectDirectory, 'node_modules/.cache/logout-receiver');

export interface StartedProcess {
  readonly pid: number;
  /** Directory for temporary files that no other process uses. */
  readonly temporary: string;
  /** What it has printed so far. */
  output(): { stdout: string; stderr: string };
  /** Waits until stdout ends with a line break. */
  ready(): Promise<string>;
  /** Waits until the app is being synthesized. */
  synthesizing(): Promise<void>;
  /** Resolves when it has ended and nobody can print for it any more. */
  readonly exited: Promise<[code: number | null, signal: string | null]>;
  /** The processes that live of all that it was seen to have started, itself included. */
  family(): Promise<string[]>;
  /** What the runner has left of its temporary files. */
  leftovers(): string[];
}

/** Starts a command in a process group of its own, as a terminal does. */
export function startProcess(
  file: string,
  args: readonly string[],
  { cwd = projectDirectory, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): StartedProcess {
  const temporary = temporaryDirectory();
  const child = spawn(file, args, {
    cwd,
    detached: true,
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new Error(`${file} cannot be started`);
  }
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    printed.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    printed.stderr += chunk;
  });
  const seen = new Set([pid]);
  let living = [pid];
  const family = async () => {
    const members = withDescendants(living, await livingProcesses());
    living = members.map((member) => member.pid);
    for (const member of living) {
      seen.add(member);
    }
    return members;
  };
  onTestFinished(async () => {
    for (const { pid } of await family()) {
      killIfThere(pid);
    }
  });
  const closed = once(child, 'close');
  return {
    pid,
    temporary,
    family: async () => (await family()).map(({ command }) => command),
    output: () => printed,
    async ready() {
      while (!printed.stdout.endsWith('\n')) {
        await Promise.race([
          once(child.stdout, 'data'),
          closed.then(() => {
            throw new Error(`it ended before it was ready: ${printed.stderr}`);
          }),
        ]);
      }
      return printed.stdout;
    },
    async synthesizing() {
      await expect
        .poll(async () => (await family()).map(({ command }) => command).join('\n'))
        .toContain('infra/app.ts');
    },
    exited: closed.then(([code, signal]) => [code, signal]),
    leftovers: () => [
      ...readdirSync(unfinished).filter((name) => [...seen].some((id) => name.startsWith(`unfinished-${id}-`))),
      ...readdirSync(temporary).filter((name) => name.startsWith('logout-receiver-')),
    ],
  };
}

/** It may have ended since it was listed. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
      throw error;
    }
  }
}

interface LivingProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Those of the processes that are named, and whatever they started. By parents alone: ids are given anew once all were
 * used, so that a child can have the lower one, and a stranger that of one who died.
 */
function withDescendants(pids: readonly number[], processes: readonly LivingProcess[]): LivingProcess[] {
  const found = processes.filter(({ pid }) => pids.includes(pid));
  for (const { pid } of found) {
    found.push(...processes.filter((process) => process.parent === pid && !found.includes(process)));
  }
  return found;
}

/** Of the whole machine; the dead that nobody has asked after are left out. */
async function livingProcesses(): Promise<LivingProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state = 'Z']) => !state.startsWith('Z'))
    .map(([pid, parent, , ...command]) => ({ pid: Number(pid), parent: Number(parent), command: command.join(' ') }));
}
