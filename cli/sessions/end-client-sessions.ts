import type { RelyingPartyIdentity } from '../../relying-party/sessions/index.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { EXIT } from '../exit-code.ts';
import type { Outcome } from '../outcome.ts';
import { wordsFor } from './chosen-sessions.ts';
import { beforeOf, type MayEnd, notEnded, timeWords } from './end-sessions.ts';
import { endFound, findSessions, isLoginUnderWay } from './found-sessions.ts';
import { numberOf, TO_THE_LETTER } from './list-sessions.ts';

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
  const look = { table, owner: client, before: allBefore, progress };
  let sessions = await findSessions(look);
  const count = sessions.length;
  if (!(await mayEnd(async () => count, wordsFor(client)))) {
    return notEnded(client);
  }
  let ended = 0;
  for (let looks = 1; sessions.length > 0 && looks < MAX_LOOKS; looks++) {
    const subjects = sessions.map(({ sub }) => scopePartition({ issuer, clientId, sub }));
    ended += await endFound(look, subjects, sessions);
    sessions = await findSessions(look);
  }
  const left = sessions.length;
  return {
    exitCode: left > 0 ? EXIT.finding : EXIT.fine,
    json: { issuer, clientId, ended, left, ...beforeOf({ allBefore }) },
    text: () =>
      [
        `Ended ${numberOf({ length: ended })} of ${wordsFor(client)}${timeWords(allBefore)}.`,
        ...(left > 0 ? [`Of those that were made meanwhile, ${left} are left: run it again.`] : []),
        ...(ended === 0 ? [TO_THE_LETTER] : []),
        ...(isLoginUnderWay(allBefore) ? [RUN_AGAIN] : []),
      ].join('\n'),
  };
}
