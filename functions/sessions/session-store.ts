import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireEpochSeconds, requireFuture, requireText } from './input-checks.ts';
import { hashOf, type LogoutScope, type SubjectScope, scopePartition } from './item-keys.ts';
import { isForbidden, raiseMarker } from './not-before-marker.ts';
import { type Session, sessionFrom, sessionKey } from './session.ts';
import { createSession, type NewSession } from './session-creation.ts';
import { deleteSessionById, deleteSessionsInScope } from './session-deletion.ts';
import { SessionNotFoundError } from './session-errors.ts';
import { listSessions } from './session-listing.ts';
import type { SessionsTable } from './sessions-table.ts';

export interface SessionStoreOptions extends SessionsTable {
  /**
   * How long a session may live at most, in seconds from its ID token's `iat`. Must not be more than the receiver's
   * for the same relying party, whose not-before markers live as long.
   * @default - 2592000 (30 days)
   */
  readonly maxSessionLifetimeSeconds?: number;
}

/** What tells whether a login was logged out: the claims of its ID token. */
export interface LoginIdentity {
  readonly issuer: string;
  readonly clientId: string;
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
  readonly #maxSessionLifetimeSeconds: number;

  constructor({ client, tableName, maxSessionLifetimeSeconds }: SessionStoreOptions) {
    this.#table = { client, tableName };
    this.#maxSessionLifetimeSeconds = maxSessionLifetimeSeconds ?? DEFAULT_MAX_SESSION_LIFETIME_SECONDS;
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
    const session = Item && sessionFrom(Item);
    return session && session.expiresAt > epochSeconds() ? session : undefined;
  }

  /**
   * Saves a session's data, or moves its end.
   *
   * @param changes what is left out stays; `expiresAt` in epoch seconds, cut to the session's latest end
   * @throws SessionNotFoundError where the session is gone: a save never brings one back
   * @throws RangeError where `expiresAt` is not in the future
   */
  async update(
    id: string,
    changes: { readonly data?: Record<string, unknown>; readonly expiresAt?: number },
  ): Promise<Session> {
    const { client, tableName } = this.#table;
    const { expiresAt } = changes;
    const data = changes.data && jsonObject('data', changes.data);
    const now = epochSeconds();
    if (expiresAt !== undefined) {
      requireFuture('expiresAt', expiresAt, now);
    }
    const saved = await unlessRefused(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: sessionKey(hashOf(id)),
          UpdateExpression: `SET createdAt = createdAt${data ? ', #data = :data' : ''}${expiresAt ? ', expiresAt = :expiresAt' : ''}`,
          ConditionExpression: 'attribute_exists(pk) AND expiresAt > :now AND latestExpiresAt > :now',
          ...(data && { ExpressionAttributeNames: { '#data': 'data' } }),
          ExpressionAttributeValues: {
            ':now': now,
            ...(data && { ':data': data }),
            ...(expiresAt && { ':expiresAt': expiresAt }),
          },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    if (!saved) {
      throw new SessionNotFoundError();
    }
    return sessionFrom(saved.Attributes);
  }

  /** Deletes one session: the local sign-out. Deleting one that is gone is no error. */
  async delete(id: string): Promise<void> {
    await deleteSessionById(this.#table, hashOf(id));
  }

  /** Lists the live sessions of a subject at a client. Their ids are not known: only hashes are stored. */
  async list({ issuer, clientId, sub }: SubjectScope): Promise<Session[]> {
    requireText({ issuer, clientId, sub });
    return await listSessions(this.#table, { issuer, clientId, sub }, epochSeconds());
  }

  /**
   * Ends the sessions of a scope that were issued at or before a time, and forbids later ones from before it.
   *
   * @param notBefore epoch seconds by the OP's clock: a logout token's `iat`
   * @returns how many sessions there were
   */
  async endSessions(scope: LogoutScope, notBefore: number): Promise<{ readonly ended: number }> {
    requireText({ ...scope });
    requireEpochSeconds('notBefore', notBefore);
    const expiresAt = Math.ceil(Math.max(notBefore, epochSeconds())) + this.#maxSessionLifetimeSeconds;
    await raiseMarker(this.#table, scopePartition(scope), notBefore, expiresAt);
    return { ended: await deleteSessionsInScope(this.#table, scope, notBefore) };
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
    requireEpochSeconds('idTokenIssuedAt', idTokenIssuedAt);
    return (
      idTokenIssuedAt + this.#maxSessionLifetimeSeconds <= epochSeconds() ||
      (await isForbidden(this.#table, scopes.map(scopePartition), idTokenIssuedAt))
    );
  }
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
