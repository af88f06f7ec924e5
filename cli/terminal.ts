import type { Readable, Writable } from 'node:stream';
import type { MaybeTerminal } from './style.ts';

/** Where a command line reads from and writes to: the process's own, or a test's. */
export interface Terminal {
  readonly input: Readable & MaybeTerminal;
  /** What was asked for, and nothing else. */
  readonly output: Writable & MaybeTerminal;
  /** Questions, progress, and why something cannot be done. */
  readonly errors: Writable & MaybeTerminal;
  readonly environment: NodeJS.ProcessEnv;
}
