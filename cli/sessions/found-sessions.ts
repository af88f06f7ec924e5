import { epochMilliseconds, epochSeconds } from '../../relying-party/sessions/clock.ts';
import type { RelyingPartyIdentity } from '../../relying-party/sessions/index.ts';
import { endScope } from '../../relying-party/sessions/scope-ending.ts';
import { endSessionById } from '../../relying-party/sessions/session-ending.ts';
import { type ScannedSession, scanSessions } from '../../relying-party/sessions/session-scan.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { endingOf } from './end-sessions.ts';
import { numberOf } from './list-sessions.ts';

/** Scopes or sessions that end at once. */
const CONCURRENCY = 10;
const PROGRESS_MILLISECONDS = 2000;
/** Longer than a login takes from its ID token to its session. */
const LOGIN_SECONDS = 600;

/** What reads the whole table, and tells how far it is. */
export interface Look {
  readonly table: SessionsTable;
  /** Whose sessions; undefined: those of all relying parties. */
  readonly owner: RelyingPartyIdentity | undefined;
  /** Epoch seconds by the OP's clock: sessions of logins at or before it. */
  readonly before: number;
  readonly progress: (text: string) => void;
}

/** Reads the whole table for sessions. */
export async function findSessions({ table, owner, before, progress }: Look): Promise<readonly ScannedSession[]> {
  const sessions: ScannedSession[] = [];
  const tell = seldom(progress);
  let items = 0;
  for await (const page of scanSessions(table, owner, before, epochSeconds())) {
    items += page.items;
    sessions.push(...page.sessions);
    tell(() => `Read ${items} items of the table, found ${numberOf(sessions)}...`);
  }
  return sessions;
}

/**
 * Ends what was found: by its scopes, each of which gets a not-before marker, and then each session that is still there:
 * one without pointers, which somebody has deleted past the library.
 *
 * @param partitions of the scopes that the sessions are in
 * @returns how many sessions there were
 */
export async function endFound(
  { table, before, progress }: Look,
  partitions: Iterable<string>,
  sessions: readonly ScannedSession[],
): Promise<number> {
  const tell = seldom(progress);
  const byScope = await countInTurns(
    [...new Set(partitions)],
    (partition) => endPartition(table, partition, before),
    (ended) => tell(() => `Ended ${ended} of ${numberOf(sessions)}...`),
  );
  const byId = await countInTurns(sessions, async ({ idHash, creation, issuer, clientId }) =>
    Number(await endSessionById(table, idHash, { issuer, clientId }, epochSeconds(), creation)),
  );
  return byScope + byId;
}

/**
 * Ends the sessions of a scope, with its not-before marker.
 *
 * @returns how many there were
 */
export async function endPartition(table: SessionsTable, partition: string, before: number): Promise<number> {
  return (await endScope(table, endingOf(partition), before, epochSeconds())).subs.length;
}

/**
 * Does some work for each item, for some at a time.
 *
 * @param work answers a number
 * @param tell is told the sum so far
 * @returns the sum
 */
export async function countInTurns<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<number>,
  tell: (count: number) => void = () => undefined,
): Promise<number> {
  let count = 0;
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    const counts = await Promise.all(items.slice(start, start + CONCURRENCY).map(work));
    count += counts.reduce((sum, each) => sum + each, 0);
    tell(count);
  }
  return count;
}

/** Tells no more often than every two seconds. */
export function seldom(progress: (text: string) => void): (text: () => string) => void {
  let toldAt = epochMilliseconds();
  return (text) => {
    if (epochMilliseconds() - toldAt >= PROGRESS_MILLISECONDS) {
      toldAt = epochMilliseconds();
      progress(text());
    }
  };
}

/** Whether logins from before the time can be under way still. */
export function isLoginUnderWay(before: number): boolean {
  return epochSeconds() - before < LOGIN_SECONDS;
}
