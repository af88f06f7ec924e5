import type { RelyingPartyIdentity } from './item-keys.ts';
import type { SessionsTable } from './sessions-table.ts';

export interface SessionStoreOptions extends SessionsTable {
  /**
   * Whose sessions the store takes; those of others in the same table are as good as absent. An application that
   * leaves it out and shares the table must compare each session's `issuer` and `clientId` with its own.
   * @default - every relying party's
   */
  readonly relyingParty?: RelyingPartyIdentity;
  /**
   * How long a session may live at most, in seconds from its ID token's `iat`. Must not be more than the receiver's
   * for the same relying party, whose not-before markers live as long.
   * @default - 2592000 (30 days)
   */
  readonly maxSessionLifetimeSeconds?: number;
  /**
   * How many sessions a subject may have at the client; a login beyond it ends the oldest, or is refused with
   * SessionLimitError where it is the oldest. Logins at once may exceed it until the last of them is done.
   * @default - as many as there are logins
   */
  readonly maxSessionsPerSubject?: number;
}
