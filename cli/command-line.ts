import { Command, CommanderError } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { RelyingPartiesError } from '../receiver/relying-parties/relying-parties-error.ts';
import { FailedError, UsageError } from './command-error.ts';
import { addDeadLetters } from './dead-letters/dead-letters.ts';
import { addDeferred } from './deferred/deferred.ts';
import { addDiscover } from './discover/discover-command.ts';
import { addDoctor } from './doctor/doctor.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Outcome } from './outcome.ts';
import { printableJson, printableLines } from './printable.ts';
import { addRegister } from './register/register-command.ts';
import { addSessions } from './sessions/sessions-command.ts';
import { styleFor } from './style.ts';
import type { Terminal } from './terminal.ts';
import { addVerify } from './verify/verify-command.ts';
import { wrapped } from './wrapping.ts';

/** What a command needs of the command line that it is part of. */
export interface CommandLine {
  readonly terminal: Terminal;
  /** Makes the action of a command: the outcome is printed. */
  action<Arguments extends unknown[]>(
    act: (...args: Arguments) => Promise<Outcome>,
  ): (...args: Arguments) => Promise<void>;
  /** Says on long work how far it is. */
  progress(text: string): void;
}

/** Adds a command to the program, with its options, help and examples. */
export type AddCommand = (program: Program, commandLine: CommandLine) => void;

export type Program = ReturnType<typeof makeProgram>;

/** In the order of the help. */
const COMMANDS: readonly AddCommand[] = [
  addDiscover,
  addRegister,
  addVerify,
  addSessions,
  addDeferred,
  addDeadLetters,
  addDoctor,
];

/**
 * Runs a command line to its end.
 *
 * @param args without the names of the runtime and of the script
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.fine;
  // Work that has begun goes on where nobody can be told of its progress any more, as after `2>&1 | head`.
  terminal.errors.on('error', () => undefined);
  const program = makeProgram(terminal);
  const commandLine: CommandLine = {
    terminal,
    action:
      (act) =>
      async (...args) => {
        const outcome = await act(...args);
        print(outcome, program.opts().json === true, terminal);
        ({ exitCode } = outcome);
      },
    progress: (text) => void terminal.errors.write(`${printableLines(text)}\n`),
  };
  for (const add of COMMANDS) {
    add(program, commandLine);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function makeProgram({ output, errors }: Terminal) {
  return new Command('logout-receiver')
    .description('Connects, looks after and explains a receiver of OpenID Connect Back-Channel Logout.')
    .version(packageJson.version)
    .option('--json', 'print one JSON document instead of text')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => errors.write(text),
      getOutHasColors: () => output.isTTY === true && output.hasColors?.() === true,
      getErrHasColors: () => errors.isTTY === true && errors.hasColors?.() === true,
    })
    .addHelpText(
      'after',
      `
Exit codes:
  ${EXIT.fine}  nothing is wrong
  ${EXIT.finding}  something needs attention: the command says what
  ${EXIT.usage}  the command line or a file cannot be understood
  ${EXIT.failed}  the work could not be done`,
    )
    .showHelpAfterError('(add --help for help)')
    .exitOverride();
}

function print({ json, text }: Outcome, isJson: boolean, { output }: Terminal): void {
  output.write(`${isJson ? printableJson(json, 2) : wrapped(text(styleFor(output)), output.columns ?? Infinity)}\n`);
}

function explain(error: unknown, { errors }: Terminal): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  if (error instanceof UsageError || error instanceof RelyingPartiesError) {
    errors.write(`logout-receiver: ${printableLines(error.message)}\n`);
    return EXIT.usage;
  }
  const message = error instanceof FailedError ? error.message : error instanceof Error ? error.stack : String(error);
  errors.write(`logout-receiver: ${printableLines(String(message))}\n`);
  return EXIT.failed;
}
