import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { requireEpochSeconds, requireIssuedAt, requireText } from './input-checks.ts';
import { hashOf, type LogoutScope, type RelyingPartyIdentity, type SubjectScope, scopePartition } from './item-keys.ts';
import { isForbidden } from './not-before-marker.ts';
import { endScope } from './scope-ending.ts';
import { type Session, sessionKey, storedSessionFrom } from './session.ts';
import { createSession, type NewSession } from './session-creation.ts';
import { deleteSessionById } from './session-deletion.ts';
import { listSessions } from './session-listing.ts';
import { type SessionChanges, saveSession } from './session-saving.ts';
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
}

/** What tells whether a login was logged out: the claims of its ID token. */
export interface LoginIdentity extends RelyingPartyIdentity {
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  /** `iat` of the ID token of the login, in epoch seconds. */
  readonly idTokenIssuedAt: number;
}

const DEFAULT_MAX_SESSION_LIFETIME_SECONDS = 30 * 86_400;

/**
 * The sessions of relying parties, in the table from which back-channel logout ends them.
 *
 * Creating a session writes it and then reads the not-before markers; ending a scope writes its marker and then reads
 * the pointers. Each writes before it reads, so of two that race at least one sees the other.
 */
export class SessionStore {
  readonly #table: SessionsTable;
  readonly #relyingParty: RelyingPartyIdentity | undefined;
  readonly #maxSessionLifetimeSeconds: number;

  /** @throws RangeError where `maxSessionLifetimeSeconds` is not a whole number of at least 1 */
  constructor({ client, tableName, relyingParty, maxSessionLifetimeSeconds }: SessionStoreOptions) {
    const lifetime = maxSessionLifetimeSeconds ?? DEFAULT_MAX_SESSION_LIFETIME_SECONDS;
    if (!Number.isSafeInteger(lifetime) || lifetime < 1) {
      throw new RangeError(`maxSessionLifetimeSeconds must be a whole number of seconds, found ${lifetime}`);
    }
    this.#table = { client, tableName };
    this.#relyingParty = relyingParty;
    this.#maxSessionLifetimeSeconds = lifetime;
  }

  /**
   * Creates a session for a login.
   *
   * @returns the session with its id, for the cookie; its `expiresAt` may be earlier than asked for
   * @throws LoggedOutError where a logout at or after the ID token's `iat` covers the login
   * @throws SessionExistsError where a live session has the id that was given
   * @throws TypeError, RangeError where the input is wrong, or the session would be over at once
   */
  async create(login: NewSession): Promise<Session & { readonly id: string }> {
    this.#requireOwn(login);
    return await createSession(this.#table, login, epochSeconds(), this.#maxSessionLifetimeSeconds);
  }

  /**
   * Reads a live session, with a strongly consistent read.
   *
   * @returns undefined where there is none, or it is over: DynamoDB deletes late, so every read checks
   */
  async get(id: string): Promise<Session | undefined> {
    const { client, tableName } = this.#table;
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: sessionKey(hashOf(id)), ConsistentRead: true }),
    );
    const session = Item && storedSessionFrom(Item).session;
    return session && session.expiresAt > epochSeconds() && this.#isOwn(session) ? session : undefined;
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
      this.#maxSessionLifetimeSeconds,
    );
  }

  /** Deletes one session: the local sign-out. Deleting one that is gone is no error. */
  async delete(id: string): Promise<void> {
    await deleteSessionById(this.#table, hashOf(id), this.#relyingParty);
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
    requireEpochSeconds('notBefore', notBefore);
    this.#requireOwn(scope);
    const ending = {
      partition: scopePartition(scope),
      maxSessionLifetimeSeconds: this.#maxSessionLifetimeSeconds,
    };
    const { length: ended } = await endScope(this.#table, ending, notBefore, epochSeconds(), signal);
    return { ended };
  }

  /**
   * Whether a login was logged out since: for relying parties that keep the session in a cookie.
   *
   * A login older than a session may live counts as logged out, since its markers may be gone.
   *
   * @throws TypeError where neither `sub` nor `sid` is given
   */
  async isLoggedOut({ issuer, clientId, sub, sid, idTokenIssuedAt }: LoginIdentity): Promise<boolean> {
    const scopes: LogoutScope[] = [];
    if (sub !== undefined) {
      scopes.push({ issuer, clientId, sub });
    }
    if (sid !== undefined) {
      scopes.push({ issuer, clientId, sid });
    }
    if (scopes.length === 0) {
      throw new TypeError('sub or sid must be given');
    }
    for (const scope of scopes) {
      requireText({ ...scope });
    }
    this.#requireOwn({ issuer, clientId });
    const now = epochSeconds();
    const issuedAt = requireIssuedAt(idTokenIssuedAt, now);
    return (
      issuedAt + this.#maxSessionLifetimeSeconds <= now ||
      (await isForbidden(this.#table, scopes.map(scopePartition), issuedAt))
    );
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

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
