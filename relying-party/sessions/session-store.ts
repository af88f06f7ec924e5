import { epochMilliseconds, epochSeconds } from './clock.ts';
import {
  MAX_CLOCK_TOLERANCE_SECONDS,
  requireIssuedAt,
  requireNotBefore,
  requireOption,
  requireRelyingParty,
  requireText,
  requireWhole,
} from './input-checks.ts';
import { hashOf, type LogoutScope, type RelyingPartyIdentity, type SubjectScope, scopePartition } from './item-keys.ts';
import { type LoginIdentity, logoutScopesOf } from './login-identity.ts';
import { isForbidden } from './not-before-marker.ts';
import { endScope, endWholeScope, type ScopeEnding } from './scope-ending.ts';
import { itemOf, type Session, sessionFrom } from './session.ts';
import { createSession, type NewSession, type SessionLimits } from './session-creation.ts';
import { endSessionById } from './session-ending.ts';
import { listSessions } from './session-listing.ts';
import { type SessionChanges, saveSession } from './session-saving.ts';
import type { SessionStoreOptions } from './session-store-options.ts';
import type { SessionsTable } from './sessions-table.ts';

const DEFAULT_MAX_SESSION_LIFETIME_SECONDS = 30 * 86_400;

/**
 * The sessions of relying parties, in the table from which back-channel logout ends them.
 *
 * Creating a session writes its pointers and then reads the not-before markers; ending a scope writes its marker and then
 * reads the pointers. Each writes before it reads, so of two that race at least one sees the other.
 */
export class SessionStore {
  readonly #table: SessionsTable;
  readonly #relyingParty: RelyingPartyIdentity | undefined;
  readonly #limits: SessionLimits;

  /**
   * @throws TypeError where an option is missing, or `relyingParty` lacks its issuer or client id
   * @throws RangeError where a limit is not a whole number of at least 1
   */
  constructor({
    client,
    tableName,
    relyingParty,
    maxSessionLifetimeSeconds = DEFAULT_MAX_SESSION_LIFETIME_SECONDS,
    maxSessionsPerSubject,
  }: SessionStoreOptions) {
    requireOption('client', typeof client?.send === 'function', 'a DynamoDBDocumentClient');
    requireText({ tableName });
    if (relyingParty !== undefined) {
      requireRelyingParty(relyingParty);
    }
    requireWhole(
      { maxSessionLifetimeSeconds, ...(maxSessionsPerSubject !== undefined && { maxSessionsPerSubject }) },
      1,
    );
    this.#table = { client, tableName };
    // Without whatever else a configuration object holds: its members go into conditions.
    this.#relyingParty = relyingParty && { issuer: relyingParty.issuer, clientId: relyingParty.clientId };
    this.#limits = { maxSessionLifetimeSeconds, maxSessionsPerSubject };
  }

  /**
   * Creates a session for a login.
   *
   * @returns the session with its id, for the cookie; its `expiresAt` may be earlier than asked for
   * @throws LoggedOutError where a logout at or after the ID token's `iat` covers the login
   * @throws SessionLimitError where the subject has `maxSessionsPerSubject` newer sessions
   * @throws SessionExistsError where a live session has the id that was given
   * @throws SessionNotFoundError where the session is gone that it was to replace, or the new one was deleted meanwhile
   * @throws TypeError, RangeError where the input is wrong, or the session would be over at once
   */
  async create(login: NewSession): Promise<Session & { readonly id: string }> {
    this.#requireOwn(login);
    return await createSession(this.#table, login, epochMilliseconds(), this.#limits);
  }

  /**
   * Reads a live session, with a strongly consistent read.
   *
   * @returns undefined where there is none, or it is over: DynamoDB deletes late, so every read checks
   */
  async get(id: string): Promise<Session | undefined> {
    const session = await this.getOrEnd(id);
    return session === 'ended' ? undefined : session;
  }

  /** Reads as `get` does, and tells an id whose session was ended from one that is free. An end is kept for a day. */
  async getOrEnd(id: string): Promise<Session | 'ended' | undefined> {
    const item = await itemOf(this.#table, hashOf(id));
    const session = item && sessionFrom(item);
    if (!session) {
      return item && 'ended';
    }
    return session.expiresAt > epochSeconds() && this.#isOwn(session) ? session : undefined;
  }

  /**
   * Saves a session's data, or moves its end.
   *
   * @throws SessionNotFoundError where the session is gone: a save never brings one back
   * @throws TypeError where `data` is no object that JSON can hold
   * @throws RangeError where `expiresAt` is not in the future
   */
  async update(id: string, changes: SessionChanges): Promise<Session> {
    return await saveSession(
      this.#table,
      hashOf(id),
      changes,
      this.#relyingParty,
      epochSeconds(),
      this.#limits.maxSessionLifetimeSeconds,
    );
  }

  /**
   * Deletes one session: the local sign-out. Deleting one that is gone is no error.
   *
   * @param creation where given, a session that has taken the id since stays
   */
  async delete(id: string, creation?: string): Promise<void> {
    await endSessionById(this.#table, hashOf(id), this.#relyingParty, epochSeconds(), creation);
  }

  /** Lists the live sessions of a subject at a client. Their ids are not known: only hashes are stored. */
  async list({ issuer, clientId, sub }: SubjectScope): Promise<Session[]> {
    requireText({ issuer, clientId, sub });
    this.#requireOwn({ issuer, clientId });
    return await listSessions(this.#table, { issuer, clientId, sub }, epochSeconds());
  }

  /**
   * Ends the sessions of a scope that were issued at or before a time, and forbids later ones from before it.
   *
   * @param notBefore epoch seconds by the OP's clock: a logout token's `iat`
   * @param signal where given, nothing more is ended once it is aborted; the scope is forbidden all the same
   * @returns how many sessions there were
   * @throws the signal's reason, where it was aborted before all had ended
   */
  async endSessions(scope: LogoutScope, notBefore: number, signal?: AbortSignal): Promise<{ readonly ended: number }> {
    const { issuer, clientId } = scope;
    requireText('sid' in scope ? { issuer, clientId, sid: scope.sid } : { issuer, clientId, sub: scope.sub });
    requireNotBefore(notBefore, epochSeconds());
    this.#requireOwn(scope);
    const { subs } = await endScope(this.#table, this.#endingOf(scope), notBefore, epochSeconds(), signal);
    return { ended: subs.length };
  }

  /**
   * Ends one session of a subject, as `list` shows it: one device of those in a user's account.
   *
   * @param idHash of the session
   * @returns whether the subject had the session
   */
  async endSession({ issuer, clientId, sub }: SubjectScope, idHash: string): Promise<boolean> {
    requireText({ issuer, clientId, sub, idHash });
    this.#requireOwn({ issuer, clientId });
    return await endSessionById(this.#table, idHash, { issuer, clientId, sub }, epochSeconds());
  }

  /**
   * Ends all sessions of a subject at a client, also those whose login is under way: "sign out everywhere". The user
   * stays signed in at the OP.
   *
   * @param clockToleranceSeconds how far the OP's clock may be ahead of this machine's, 0 to 300. Logins of that many
   * seconds from now are refused too, since they may have been made before.
   * @returns how many sessions there were
   */
  async endAllSessions(
    { issuer, clientId, sub }: SubjectScope,
    clockToleranceSeconds = 1,
  ): Promise<{ readonly ended: number }> {
    requireText({ issuer, clientId, sub });
    requireWhole({ clockToleranceSeconds }, 0, MAX_CLOCK_TOLERANCE_SECONDS);
    this.#requireOwn({ issuer, clientId });
    const ending = this.#endingOf({ issuer, clientId, sub });
    return await endWholeScope(this.#table, ending, clockToleranceSeconds, epochSeconds());
  }

  /**
   * Whether a login was logged out since: for relying parties that keep the session in a cookie.
   *
   * A login older than a session may live counts as logged out, since its markers may be gone.
   *
   * @param consistentRead false: at half the price, a logout of a moment ago may be missed; `LogoutCheck` counts with that
   * @throws TypeError where neither `sub` nor `sid` is given
   */
  async isLoggedOut(login: LoginIdentity, { consistentRead = true } = {}): Promise<boolean> {
    const scopes = logoutScopesOf(login);
    this.#requireOwn(login);
    const now = epochSeconds();
    const issuedAt = requireIssuedAt(login.idTokenIssuedAt, now);
    return (
      issuedAt + this.#limits.maxSessionLifetimeSeconds <= now ||
      (await isForbidden(this.#table, scopes.map(scopePartition), issuedAt, consistentRead))
    );
  }

  #endingOf(scope: LogoutScope): ScopeEnding {
    const { maxSessionLifetimeSeconds } = this.#limits;
    return { partition: scopePartition(scope), maxSessionLifetimeSeconds, allowanceSeconds: 0 };
  }

  #isOwn({ issuer, clientId }: RelyingPartyIdentity): boolean {
    const owner = this.#relyingParty;
    return !owner || (owner.issuer === issuer && owner.clientId === clientId);
  }

  #requireOwn(identity: RelyingPartyIdentity): void {
    if (!this.#isOwn(identity)) {
      throw new TypeError('issuer and clientId must be those of the relying party that the store is for');
    }
  }
}
