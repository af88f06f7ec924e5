import { scanScopes } from '../../relying-party/sessions/scope-scan.ts';
import { partitionsOf } from '../../relying-party/sessions/session.ts';
import { EXIT } from '../exit-code.ts';
import { isoTime } from '../moment.ts';
import type { Outcome } from '../outcome.ts';
import { printableJson } from '../printable.ts';
import { timeWords } from './end-sessions.ts';
import {
  countInTurns,
  endFound,
  endPartition,
  findSessions,
  isLoginUnderWay,
  type Look,
  seldom,
} from './found-sessions.ts';
import { numberOf } from './list-sessions.ts';

const NOT_KNOWN =
  'Sessions in a cookie (LogoutCheck) of subjects that the table does not know have not ended: change the key of the cookies.';
const RUN_AGAIN =
  'A login that was under way, of a subject that the table did not know, is not refused: run it again in ten minutes.';
/** Looks through the table for sessions. Where they are found again and again, something is amiss. */
const MAX_LOOKS = 5;

/**
 * Ends all sessions of all relying parties that were issued at or before a time: for a table that was restored, in which
 * sessions live again that had ended, and the markers of their logouts are lost.
 *
 * Each scope that the table knows gets a not-before marker, also where it has no session: one that was logged out, or that
 * keeps its session in a cookie. Then the table is read for sessions until there are no more: some were made meanwhile,
 * or have lost their pointers.
 */
export async function endAll(look: Omit<Look, 'owner'>): Promise<Outcome> {
  const { table, before } = look;
  const all = { ...look, owner: undefined };
  let ended = await endScopes(look);
  let sessions = await findSessions(all);
  for (let looks = 1; sessions.length > 0 && looks < MAX_LOOKS; looks++) {
    ended += await endFound(all, sessions.flatMap(partitionsOf), sessions);
    sessions = await findSessions(all);
  }
  const left = sessions.length;
  return {
    exitCode: left > 0 ? EXIT.finding : EXIT.fine,
    json: { table: table.tableName, before: isoTime(before), ended, left },
    text: () =>
      [
        `Ended ${numberOf({ length: ended })} of all relying parties in the table ${printableJson(table.tableName)}${timeWords(before)}.`,
        'Logins from then of the subjects and OP sessions that the table knew are refused too.',
        ...(left > 0 ? [`Of those that were made meanwhile, ${left} are left: run it again.`] : []),
        NOT_KNOWN,
        ...(isLoginUnderWay(before) ? [RUN_AGAIN] : []),
      ].join('\n'),
  };
}

/** @returns how many sessions there were */
async function endScopes({ table, before, progress }: Omit<Look, 'owner'>): Promise<number> {
  const tell = seldom(progress);
  let items = 0;
  let ended = 0;
  for await (const page of scanScopes(table)) {
    items += page.items;
    ended += await countInTurns(page.partitions, (partition) => endPartition(table, partition, before));
    tell(() => `Read ${items} items of the table, ended ${numberOf({ length: ended })}...`);
  }
  return ended;
}
