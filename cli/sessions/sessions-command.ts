import { type Command, InvalidArgumentError, type OptionValues } from '@commander-js/extra-typings';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { MAX_CLOCK_TOLERANCE_SECONDS } from '../../relying-party/sessions/input-checks.ts';
import { profileOption, regionOption, stackOption } from '../aws/aws-options.ts';
import { UsageError } from '../command-error.ts';
import type { AddCommand } from '../command-line.ts';
import { isConfirmed, isTyped } from '../confirmation.ts';
import { EXIT } from '../exit-code.ts';
import { type InputLines, withInputLines } from '../input-lines.ts';
import { isoTime, parseMoment } from '../moment.ts';
import type { Outcome } from '../outcome.ts';
import { printable } from '../printable.ts';
import { chosenSessions } from './chosen-sessions.ts';
import { endAll } from './end-all-sessions.ts';
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
          requireTime('--all-before', allBefore);
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

  withTable(sessions.command('end-all'))
    .description(
      'Ends all sessions of all relying parties in a table, for a table that was restored from a backup. Reads the whole table. Asks for the name of the table before.',
    )
    .requiredOption(
      '--before <time>',
      'end those of logins at or before then: ISO 8601, or seconds since 1970',
      parseMoment,
    )
    .option('--confirm <table>', 'the name of the table, in place of the question')
    .addHelpText('after', END_ALL_EXAMPLES)
    .action(
      action(async ({ before, confirm, ...options }) =>
        withInputLines(terminal, async (lines) => {
          requireTime('--before', before);
          return await withSessionsTable(options, terminal, async (table) =>
            (await mayEndAll(lines, table.tableName, before, confirm))
              ? await endAll({ table, before, progress })
              : NOTHING_ENDED,
          );
        }),
      ),
    );
};

const NOTHING_ENDED: Outcome = { exitCode: EXIT.fine, json: { ended: 0 }, text: () => 'Nothing has ended.' };

const LIST_EXAMPLES = `
Examples:
  logout-receiver sessions list --issuer https://op.example.com --client-id shop --sub 248289761001
  echo 248289761001 | logout-receiver sessions list --issuer https://op.example.com --client-id shop --sub -`;

const END_EXAMPLES = `
Examples:
  logout-receiver sessions end --issuer https://op.example.com --client-id shop --sub 248289761001
  logout-receiver sessions end --issuer https://op.example.com --client-id shop --all-before 2026-11-27T10:00:00Z`;

const END_ALL_EXAMPLES = `
Example:
  logout-receiver sessions end-all --table restored-sessions --before 2026-11-27T10:00:00Z`;

/** The options that choose sessions, and those that say where the table is. */
function withChoice(command: Command) {
  return withTable(
    command
      .requiredOption('--issuer <url>', 'issuer of the relying party, as in the relying parties file')
      .requiredOption('--client-id <id>', 'client id of the relying party')
      .option('--sub <sub>', 'the subject; - reads a line of standard input, since arguments show in process lists')
      .option('--sid <sid>', 'the OP session; - reads a line of standard input')
      .option('--id-hash <hash>', 'one session, as list shows it', parseIdHash),
  );
}

function withTable<Options extends OptionValues>(command: Command<[], Options>) {
  return command
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

/** @throws UsageError where the name of another table is confirmed, or nobody is there to answer */
async function mayEndAll(
  lines: InputLines,
  tableName: string,
  before: number,
  confirmed: string | undefined,
): Promise<boolean> {
  const name = printable(tableName);
  if (confirmed !== undefined && confirmed !== tableName) {
    throw new UsageError(`--confirm: the table is ${name}`);
  }
  const what = `End all sessions of all relying parties in this table, of logins at or before ${isoTime(before)}`;
  return confirmed !== undefined || (await isTyped(lines, what, name));
}

function requireTime(option: string, time: number | undefined): void {
  if (time !== undefined && time > epochSeconds()) {
    throw new UsageError(`${option}: allowed is a time that has passed`);
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
