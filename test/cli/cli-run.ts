import { Readable, Writable } from 'node:stream';
import { runCommandLine } from '../../cli/command-line.ts';
import type { ExitCode } from '../../cli/exit-code.ts';

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly output: string;
  readonly errors: string;
}

export interface CliRunOptions {
  /** What stands on standard input. */
  readonly input?: string;
  /** Whether a person sits there: what they type comes from `input`. */
  readonly isTerminal?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Runs a command line in this process, as `npx logout-receiver` does in its own. */
export async function runCli(
  args: readonly string[],
  { input = '', isTerminal = false, environment = {} }: CliRunOptions = {},
): Promise<CliRun> {
  const output = new Printed(isTerminal);
  const errors = new Printed(isTerminal);
  const terminal = {
    input: Object.assign(Readable.from([Buffer.from(input)]), { isTTY: isTerminal }),
    output,
    errors,
    environment,
  };
  const exitCode = await runCommandLine(args, terminal);
  return { exitCode, output: output.text, errors: errors.text };
}

class Printed extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  hasColors(): boolean {
    return this.isTTY;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
