import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { itemOf, type Session, sessionFrom } from '../../relying-party/sessions/session.ts';
import { listSessionsInScope } from '../../relying-party/sessions/session-listing.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { EXIT } from '../exit-code.ts';
import { isoTime } from '../moment.ts';
import type { Outcome } from '../outcome.ts';
import { type ChosenSessions, wordsFor } from './chosen-sessions.ts';

/** The live ones of the chosen sessions, the oldest first. */
export async function liveSessionsOf(table: SessionsTable, chosen: ChosenSessions): Promise<readonly Session[]> {
  const now = epochSeconds();
  if (!('idHash' in chosen)) {
    const sessions = await listSessionsInScope(table, scopePartition(chosen), now);
    return sessions.sort((one, other) => one.createdAt - other.createdAt);
  }
  const item = await itemOf(table, chosen.idHash);
  const session = item && sessionFrom(item);
  const isChosen = session?.issuer === chosen.issuer && session.clientId === chosen.clientId;
  return isChosen && session.expiresAt > now ? [session] : [];
}

/** Shows of sessions what an operator needs to know one from another: nothing of the person, and no data. */
export async function listChosen(table: SessionsTable, chosen: ChosenSessions): Promise<Outcome> {
  const { issuer, clientId } = chosen;
  const sessions = (await liveSessionsOf(table, chosen)).map(({ idHash, createdAt, expiresAt, idTokenIssuedAt }) => ({
    idHash,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    idTokenIssuedAt: isoTime(idTokenIssuedAt),
  }));
  const lines = sessions.map(({ idHash, createdAt, expiresAt }) => `${idHash}  ${createdAt}  ${expiresAt}`);
  const title = `${'ID HASH'.padEnd(43)}  ${'CREATED'.padEnd(20)}  EXPIRES`;
  return {
    exitCode: EXIT.fine,
    json: { issuer, clientId, sessions },
    text: (style) =>
      sessions.length === 0
        ? `No session of ${wordsFor(chosen)}. ${TO_THE_LETTER}`
        : [`${numberOf(sessions)} of ${wordsFor(chosen)}`, '', style('bold', title), ...lines].join('\n'),
  };
}

/** The commonest cause of finding nothing. */
export const TO_THE_LETTER = 'Issuer, client id and subject are compared to the letter.';

export function numberOf({ length }: { readonly length: number }): string {
  return `${length} session${length === 1 ? '' : 's'}`;
}
