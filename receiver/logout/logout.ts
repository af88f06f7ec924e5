import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import { type CompletedLogout, endOrdered, inTime } from './completed-logout.ts';
import type { LogoutOrder } from './logout-order.ts';
import { verifyLogoutToken } from './logout-token.ts';
import { logoutOrderOf } from './token-order.ts';
import type { TokenKeys } from './token-signature.ts';

export interface LogoutParts extends TokenKeys {
  readonly relyingParties: RelyingPartiesIndex;
  readonly sessionsTable: SessionsTable;
}

/**
 * Judges a logout token and ends the sessions in its scope.
 *
 * A logout that finds no session succeeds (Back-Channel Logout 1.0, section 2.7).
 *
 * @param receivedAt epoch seconds, with their fraction: the token is judged as of then, also when it is carried out later
 * @param signal aborts when the time for it is spent; what has ended by then stays ended
 * @throws Rejection where the token is invalid; nothing has ended then
 * @throws LogoutFailure where keys or sessions cannot be reached, or the time is spent; with the order, if the token was
 *   verified by then
 */
export async function logout(
  token: string,
  receivedAt: number,
  parts: LogoutParts,
  signal: AbortSignal,
): Promise<CompletedLogout> {
  let order: LogoutOrder | undefined;
  const judgeAndEnd = async () => {
    order = logoutOrderOf(await verifyLogoutToken(token, receivedAt, parts.relyingParties, parts));
    return await endOrdered(order, parts.sessionsTable, signal);
  };
  return await inTime(judgeAndEnd(), signal, () => order);
}
