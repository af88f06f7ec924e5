import { epochMilliseconds, epochSeconds } from '../../relying-party/sessions/clock.ts';
import type { RelyingPartyIdentity } from '../../relying-party/sessions/index.ts';
import { endScope } from '../../relying-party/sessions/scope-ending.ts';
import { endSessionById } from '../../relying-party/sessions/session-ending.ts';
import { type ScannedSession, scanSessions } from '../../relying-party/sessions/session-scan.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { EXIT } from '../exit-code.ts';
import type { Outcome } from '../outcome.ts';
import { wordsFor } from './chosen-sessions.ts';
import { beforeOf, endingOf, type MayEnd, notEnded, timeWords } from './end-sessions.ts';
import { numberOf, TO_THE_LETTER } from './list-sessions.ts';

/** Subjects whose sessions end at once. */
const CONCURRENCY = 10;
const PROGRESS_MILLISECONDS = 2000;
/** Longer than a login takes from its ID token to its session. */
const LOGIN_SECONDS = 600;
const RUN_AGAIN =
  'A login that was under way, of a subject who had no session, is not refused: run it again in some minutes.';
/** Looks through the table. Where sessions are found again and again, something is amiss. */
const MAX_LOOKS = 5;

/**
 * Ends all sessions of a client that were issued at or before a time. Nothing points to all sessions of a client, so the
 * whole table is read, again until there are no more. Each subject that is found gets a not-before marker, as a logout
 * writes it.
 *
 * @param allBefore epoch seconds by the OP's clock
 * @param progress is told how far it is
 */
export async function endOfClient(
  table: SessionsTable,
  client: RelyingPartyIdentity,
  allBefore: number,
  mayEnd: MayEnd,
  progress: (text: string) => void,
): Promise<Outcome> {
  const { issuer, clientId } = client;
  const look = async () => await found(table, client, allBefore, progress);
  let sessions = await look();
  const count = sessions.length;
  if (!(await mayEnd(async () => count, wordsFor(client)))) {
    return notEnded(client);
  }
  let ended = 0;
  for (let looks = 1; sessions.length > 0 && looks < MAX_LOOKS; looks++) {
    ended += await endFound(table, client, sessions, allBefore, progress);
    sessions = await look();
  }
  const left = sessions.length;
  const isRecent = epochSeconds() - allBefore < LOGIN_SECONDS;
  return {
    exitCode: left > 0 ? EXIT.finding : EXIT.fine,
    json: { issuer, clientId, ended, left, ...beforeOf({ allBefore }) },
    text: () =>
      [
        `Ended ${numberOf({ length: ended })} of ${wordsFor(client)}${timeWords(allBefore)}.`,
        ...(left > 0 ? [`Of those that were made meanwhile, ${left} are left: run it again.`] : []),
        ...(ended === 0 ? [TO_THE_LETTER] : []),
        ...(isRecent ? [RUN_AGAIN] : []),
      ].join('\n'),
  };
}

async function found(
  table: SessionsTable,
  client: RelyingPartyIdentity,
  allBefore: number,
  progress: (text: string) => void,
): Promise<readonly ScannedSession[]> {
  const sessions: ScannedSession[] = [];
  const tell = seldom(progress);
  let items = 0;
  for await (const page of scanSessions(table, client, allBefore, epochSeconds())) {
    items += page.items;
    sessions.push(...page.sessions);
    tell(() => `Read ${items} items of the table, found ${numberOf(sessions)}...`);
  }
  return sessions;
}

/** By subjects, and then each that is still there: one without pointers, which somebody has deleted past the library. */
async function endFound(
  table: SessionsTable,
  client: RelyingPartyIdentity,
  sessions: readonly ScannedSession[],
  allBefore: number,
  progress: (text: string) => void,
): Promise<number> {
  const { issuer, clientId } = client;
  const subjects = [...new Set(sessions.map(({ sub }) => sub))];
  const tell = seldom(progress);
  let ended = 0;
  await inTurns(subjects, async (sub) => {
    const { subs } = await endScope(table, endingOf({ issuer, clientId, sub }), allBefore, epochSeconds());
    ended += subs.length;
    tell(() => `Ended ${ended} of ${numberOf(sessions)}...`);
  });
  await inTurns(sessions, async ({ idHash, creation }) => {
    ended += Number(await endSessionById(table, idHash, { issuer, clientId }, epochSeconds(), creation));
  });
  return ended;
}

/** Some at a time. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    await Promise.all(items.slice(start, start + CONCURRENCY).map(work));
  }
}

/** Tells no more often than every two seconds. */
function seldom(progress: (text: string) => void): (text: () => string) => void {
  let toldAt = epochMilliseconds();
  return (text) => {
    if (epochMilliseconds() - toldAt >= PROGRESS_MILLISECONDS) {
      toldAt = epochMilliseconds();
      progress(text());
    }
  };
}
