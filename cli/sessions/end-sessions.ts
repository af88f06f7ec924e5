import { MAX_SESSION_LIFETIME_SECONDS } from '../../receiver/relying-parties/relying-party-input.ts';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { endScope, endWholeScope, type ScopeEnding } from '../../relying-party/sessions/scope-ending.ts';
import { endSessionById } from '../../relying-party/sessions/session-ending.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { EXIT } from '../exit-code.ts';
import { isoTime } from '../moment.ts';
import type { Outcome } from '../outcome.ts';
import { type ChosenSessions, wordsFor } from './chosen-sessions.ts';
import { liveSessionsOf, numberOf, TO_THE_LETTER } from './list-sessions.ts';

export interface EndOptions {
  /** Epoch seconds by the OP's clock: only those issued at or before it. */
  readonly allBefore?: number | undefined;
  /** Seconds. */
  readonly clockTolerance: number;
}

/** Tells whether sessions may end, after a question where it needs one: for that, they are counted. */
export type MayEnd = (count: () => Promise<number>, whose: string) => Promise<boolean>;

/**
 * Ends the chosen sessions, with the operations of `SessionStore`: the marker of a scope is written first, and so refuses
 * the logins that are under way.
 */
export async function endChosen(
  table: SessionsTable,
  chosen: ChosenSessions,
  options: EndOptions,
  mayEnd: MayEnd,
): Promise<Outcome> {
  const whose = wordsFor(chosen);
  if (!(await mayEnd(() => countOf(table, chosen, options), whose))) {
    return notEnded(chosen);
  }
  const ended = await endNow(table, chosen, options);
  const { issuer, clientId } = chosen;
  return {
    exitCode: EXIT.fine,
    json: { issuer, clientId, ended, ...beforeOf(options) },
    text: () =>
      [
        `Ended ${numberOf({ length: ended })} of ${whose}${timeWords(options.allBefore)}.`,
        ...('idHash' in chosen ? [] : ['Logins that were under way are refused too.']),
        ...(ended === 0 ? [TO_THE_LETTER] : []),
      ].join(' '),
  };
}

export function notEnded({ issuer, clientId }: Pick<ChosenSessions, 'issuer' | 'clientId'>): Outcome {
  return { exitCode: EXIT.fine, json: { issuer, clientId, ended: 0 }, text: () => 'Nothing has ended.' };
}

export function timeWords(allBefore: number | undefined): string {
  return allBefore === undefined ? '' : `, of logins at or before ${isoTime(allBefore)}`;
}

export function beforeOf({ allBefore }: Pick<EndOptions, 'allBefore'>): { readonly before?: string | undefined } {
  return allBefore === undefined ? {} : { before: isoTime(allBefore) };
}

/**
 * The end of a scope. Its marker lives as long as a session of any relying party may: how long those of this one live
 * stands in a file that may not be here, and a marker must not go before them.
 *
 * @param partition of the scope
 */
export function endingOf(partition: string): ScopeEnding {
  return {
    partition,
    maxSessionLifetimeSeconds: MAX_SESSION_LIFETIME_SECONDS,
    allowanceSeconds: 0,
  };
}

async function countOf(table: SessionsTable, chosen: ChosenSessions, { allBefore }: EndOptions): Promise<number> {
  const sessions = await liveSessionsOf(table, chosen);
  return sessions.filter(({ idTokenIssuedAt }) => idTokenIssuedAt <= (allBefore ?? Number.POSITIVE_INFINITY)).length;
}

async function endNow(
  table: SessionsTable,
  chosen: ChosenSessions,
  { allBefore, clockTolerance }: EndOptions,
): Promise<number> {
  const now = epochSeconds();
  if ('idHash' in chosen) {
    const { idHash, issuer, clientId } = chosen;
    return Number(await endSessionById(table, idHash, { issuer, clientId }, now));
  }
  if (allBefore !== undefined) {
    return (await endScope(table, endingOf(scopePartition(chosen)), allBefore, now)).subs.length;
  }
  return (await endWholeScope(table, endingOf(scopePartition(chosen)), clockTolerance, now)).ended;
}
