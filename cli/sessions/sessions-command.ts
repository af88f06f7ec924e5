import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { MAX_CLOCK_TOLERANCE_SECONDS } from '../../relying-party/sessions/input-checks.ts';
import { profileOption, regionOption, stackOption } from '../aws/aws-options.ts';
import { UsageError } from '../command-error.ts';
import type { AddCommand } from '../command-line.ts';
import { isConfirmed } from '../confirmation.ts';
import { type InputLines, withInputLines } from '../input-lines.ts';
import { parseMoment } from '../moment.ts';
import { chosenSessions } from './chosen-sessions.ts';
import { endOfClient } from './end-client-sessions.ts';
import { endChosen, type MayEnd } from './end-sessions.ts';
import { listChosen } from './list-sessions.ts';
import { withSessionsTable } from './sessions-table.ts';

/** How far the OP's clock may be ahead, as `SessionStore` has it. */
const DEFAULT_CLOCK_TOLERANCE_SECONDS = 1;

export const addSessions: AddCommand = (program, { action, progress, terminal }) => {
  const sessions = program
    .command('sessions')
    .summary("list and end relying parties' sessions")
    .description("Lists and ends relying parties' sessions.");

  withChoice(sessions.command('list'))
    .description(
      'Lists the live sessions of a subject, of an OP session, or the one of an id hash. Never whose they are, nor what is in them.',
    )
    .addHelpText('after', LIST_EXAMPLES)
    .action(
      action(async (options) =>
        withInputLines(terminal, async (lines) => {
          const chosen = await chosenSessions(options, lines);
          if (!chosen) {
            throw new UsageError('give one of --sub, --sid and --id-hash');
          }
          return await withSessionsTable(options, terminal, (table) => listChosen(table, chosen));
        }),
      ),
    );

  withChoice(sessions.command('end'))
    .description(
      'Ends sessions for good, as a logout does: logins of the subject or OP session that are under way are refused. The user stays signed in at the OP. Asks before it ends more than one.',
    )
    .option(
      '--all-before <time>',
      'end those of logins at or before then: ISO 8601, or seconds since 1970; of the subject, or without one, of all subjects of the client, for which the whole table is read',
      parseMoment,
    )
    .option(
      '--clock-tolerance <seconds>',
      `without --all-before, how far the OP's clock may be ahead: logins until then are refused (default: ${DEFAULT_CLOCK_TOLERANCE_SECONDS})`,
      parseTolerance,
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', END_EXAMPLES)
    .action(
      action(async ({ allBefore, clockTolerance, yes, ...options }) =>
        withInputLines(terminal, async (lines) => {
          requireTime(allBefore);
          const chosen = await chosenSessions(options, lines);
          if (allBefore !== undefined && chosen && !('sub' in chosen)) {
            throw new UsageError('--all-before is for a subject or a whole client: leave --sid and --id-hash out');
          }
          if (clockTolerance !== undefined && (allBefore !== undefined || options.idHash !== undefined)) {
            throw new UsageError('--clock-tolerance is for --sub and --sid without --all-before');
          }
          const mayEnd = asking(lines, yes === true);
          return await withSessionsTable(options, terminal, async (table) => {
            if (chosen) {
              const tolerance = clockTolerance ?? DEFAULT_CLOCK_TOLERANCE_SECONDS;
              return await endChosen(table, chosen, { allBefore, clockTolerance: tolerance }, mayEnd);
            }
            if (allBefore === undefined) {
              throw new UsageError('give one of --sub, --sid and --id-hash, or --all-before for the whole client');
            }
            const { issuer, clientId } = options;
            return await endOfClient(table, { issuer, clientId }, allBefore, mayEnd, progress);
          });
        }),
      ),
    );
};

const LIST_EXAMPLES = `
Examples:
  logout-receiver sessions list --issuer https://op.example.com --client-id shop --sub 248289761001
  echo 248289761001 | logout-receiver sessions list --issuer https://op.example.com --client-id shop --sub -`;

const END_EXAMPLES = `
Examples:
  logout-receiver sessions end --issuer https://op.example.com --client-id shop --sub 248289761001
  logout-receiver sessions end --issuer https://op.example.com --client-id shop --all-before 2026-11-27T10:00:00Z`;

/** The options that choose sessions, and those that say where the table is. */
function withChoice(command: Command) {
  return command
    .requiredOption('--issuer <url>', 'issuer of the relying party, as in the relying parties file')
    .requiredOption('--client-id <id>', 'client id of the relying party')
    .option('--sub <sub>', 'the subject; - reads a line of standard input, since arguments show in process lists')
    .option('--sid <sid>', 'the OP session; - reads a line of standard input')
    .option('--id-hash <hash>', 'one session, as list shows it', parseIdHash)
    .option('--table <name>', 'the sessions table (default: $SESSIONS_TABLE_NAME, or that of the stack)')
    .addOption(stackOption)
    .addOption(regionOption)
    .addOption(profileOption);
}

function asking(lines: InputLines, isSure: boolean): MayEnd {
  return async (count, whose) => {
    if (isSure) {
      return true;
    }
    const sessions = await count();
    if (sessions <= 1) {
      return true;
    }
    return await isConfirmed(lines, `End ${sessions} sessions of ${whose}`);
  };
}

function requireTime(allBefore: number | undefined): void {
  if (allBefore !== undefined && allBefore > epochSeconds()) {
    throw new UsageError('--all-before: allowed is a time that has passed');
  }
}

function parseTolerance(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > MAX_CLOCK_TOLERANCE_SECONDS) {
    throw new InvalidArgumentError(`Allowed is a whole number of seconds from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}.`);
  }
  return seconds;
}

/** The hashes of `item-keys.ts`: SHA-256 in base64url. */
function parseIdHash(text: string): string {
  if (!/^[\w-]{43}$/.test(text)) {
    throw new InvalidArgumentError('Allowed are the 43 characters that list shows.');
  }
  return text;
}
