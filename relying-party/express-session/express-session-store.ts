import { $ZodError } from 'zod/v4/core';
import { epochSeconds } from '../sessions/clock.ts';
import { SessionStore, type SessionStoreOptions } from '../sessions/index.ts';
import { requireOption, requireWhole } from '../sessions/input-checks.ts';
import { StoredItemError } from '../sessions/stored-item.ts';
import { AnonymousSessions } from './anonymous-sessions.ts';
import { type Loaded, LoadedSessions } from './loaded-sessions.ts';
import { identityAfter } from './login-succession.ts';
import { contentOf, keptHash, type SessionContent } from './session-content.ts';
import { formOf } from './session-form.ts';
import type { IdentityOf, SessionIdentity } from './session-identity.ts';
import { SessionUpserts } from './session-upserts.ts';
import { isSignedIn, isWorthMoving, type KnownSession } from './stored-session.ts';
import { UnreadableSessions } from './unreadable-sessions.ts';

export interface ExpressSessionStoreOptions extends SessionStoreOptions {
  /** Finds in a session who is signed in. */
  readonly identityOf: IdentityOf;
  /**
   * How long sessions live whose cookie has no end of its own, in seconds from their last save.
   * @default - 86400 (a day)
   */
  readonly lifetimeSeconds?: number;
  /**
   * By how much a request must move a session's end for that alone to be written, in seconds; at most a tenth of what
   * the session has left counts. A session may end that much earlier than its cookie says.
   * @default - 60
   */
  readonly touchAfterSeconds?: number;
}

type Callback = (error?: unknown) => void;

/**
 * The sessions of `express-session` and `express-openid-connect`, in the table from which back-channel logout ends them.
 *
 * A session in which somebody signs in is made as `SessionStore.create` makes one. What was read from a session is saved
 * to that session alone: once it has ended, the save is dropped, and the next request is anonymous.
 */
export class ExpressSessionStore {
  /** The sessions in which somebody is signed in: to list them, and to end them. */
  readonly sessions: SessionStore;
  readonly #anonymous: AnonymousSessions;
  readonly #upserts: SessionUpserts;
  readonly #loaded = new LoadedSessions();
  readonly #unreadable = new UnreadableSessions();
  readonly #identityOf: IdentityOf;
  readonly #middleware: IdentityOf['middleware'];
  readonly #lifetimeSeconds: number;
  readonly #touchAfterSeconds: number;

  /**
   * @throws TypeError where an option is missing
   * @throws RangeError where a time is not a whole number of seconds
   */
  constructor({
    identityOf,
    lifetimeSeconds = 86_400,
    touchAfterSeconds = 60,
    ...options
  }: ExpressSessionStoreOptions) {
    requireOption(
      'identityOf',
      typeof identityOf === 'function',
      'a function that finds in a session who is signed in',
    );
    requireWhole({ lifetimeSeconds }, 1);
    requireWhole({ touchAfterSeconds }, 0);
    this.sessions = new SessionStore(options);
    this.#anonymous = new AnonymousSessions(options, options.relyingParty);
    this.#upserts = new SessionUpserts(this.sessions, this.#anonymous);
    this.#identityOf = identityOf;
    this.#middleware = identityOf.middleware;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#touchAfterSeconds = touchAfterSeconds;
  }

  /**
   * Calls back with the session, or with undefined where there is none or it has ended. It is what the middleware has
   * saved under the id, so it has the middleware's type.
   *
   * Where the middleware is `express-openid-connect`, which takes an error for a session that is over, a failed read
   * calls back with a session of nobody that has `sessionUnavailable: true` in its data. To save it fails as the read did.
   */
  get<Saved extends object>(id: string, callback: (error: unknown, session?: Saved | null) => void): void;
  get(id: string, callback: (error: unknown, session?: object) => void): void {
    answer<object | undefined>(this.#middleware ? this.#getOrStandIn(id) : this.#get(id), callback);
  }

  /** Reads as `get` does, and calls back with whatever DynamoDB fails with. */
  read<Saved extends object>(id: string, callback: (error: unknown, session?: Saved | null) => void): void;
  read(id: string, callback: (error: unknown, session?: object) => void): void {
    answer<object | undefined>(this.#get(id), callback);
  }

  /**
   * Saves a session, and makes it where it is new. Where it was read and has ended since, it saves nothing and calls
   * back without an error: an answer that is ready need not fail for it.
   *
   * Calls back with LoggedOutError where a logout covers the login that a new session holds, with SessionNotFoundError
   * where somebody signed in under an id whose session has ended, with SessionExistsError where it may be a late save and
   * somebody else is signed in by now, with TypeError or RangeError where it cannot be stored, and with whatever
   * `identityOf` throws.
   */
  set(id: string, session: object, callback?: Callback): void {
    this.#loaded.beforeSaving(session);
    answer(this.#set(id, session), callback);
  }

  /** Moves a session's end, and never brings a session back. Writes nothing where the end hardly moves. */
  touch(id: string, session: object, callback?: Callback): void {
    answer(this.#touch(id, session), callback);
  }

  /** Deletes a session: the local sign-out. */
  destroy(id: string, callback: Callback = () => {}): void {
    answer(this.#destroy(id), (error) => this.#loaded.afterDestroying(id, () => callback(error)));
  }

  /** Takes `to` for read from where `from` was: a middleware has made the one of the other. */
  handOver(from: object, to: object): void {
    this.#loaded.handOver(from, to);
  }

  /** Takes `to`, which has another id, for the successor of `from`: whoever was signed in there has not signed in anew. */
  regenerate(from: object, to: object): void {
    this.#loaded.regenerate(from, to);
  }

  async #getOrStandIn(id: string): Promise<object | undefined> {
    try {
      return await this.#get(id);
    } catch (error) {
      if (error instanceof $ZodError || error instanceof StoredItemError) {
        // A spoilt item stays unreadable: the middleware drops the session, so that the user can sign in again.
        throw error;
      }
      const now = epochSeconds();
      return this.#unreadable.standInFor(id, error, now, now + this.#lifetimeSeconds);
    }
  }

  async #get(id: string): Promise<object | undefined> {
    const stored = await this.#upserts.read(id);
    if (!stored) {
      return undefined;
    }
    const session = formOf(stored, this.#middleware, epochSeconds());
    this.#remember(id, session, stored, keptHash(session), this.#authenticatedAtIn(session));
    return session;
  }

  async #set(id: string, session: object): Promise<void> {
    const content = this.#contentOf(this.#unreadable.requireReadable(id, session));
    const loaded = this.#loaded.find(session, id);
    if (content.expiresAt <= epochSeconds() + 1) {
      // It might be over before it is written.
      await this.#destroy(id, loaded?.stored.creation);
    } else if (!loaded || loaded.kept !== content.kept || this.#isWorthMoving(loaded.stored, content.expiresAt)) {
      const identity = this.#identityIn(content, session, loaded);
      const stored = loaded
        ? await this.#upserts.saveLoaded(loaded, content, identity)
        : await this.#upserts.upsert(id, content, identity);
      if (stored) {
        this.#remember(id, session, stored, content.kept, identity?.authenticatedAt);
      }
    }
  }

  async #touch(id: string, session: object): Promise<void> {
    const { expiresAt } = this.#contentOf(session);
    const loaded = this.#loaded.find(session, id);
    const stored = loaded?.stored ?? (await this.#upserts.read(id));
    if (stored && expiresAt > epochSeconds() + 1 && this.#isWorthMoving(stored, expiresAt)) {
      const moved = await this.#upserts.move(id, stored, expiresAt);
      if (moved && loaded) {
        this.#loaded.remember(session, { ...loaded, stored: withoutData(moved) });
      }
    }
  }

  /** @param creation of what was read, where it was: what has taken the id since stays */
  async #destroy(id: string, creation?: string): Promise<void> {
    await Promise.all([this.sessions.delete(id, creation), this.#anonymous.delete(id)]);
  }

  /** The login that the session goes on with counts first: the ID token in it may be a refreshed one. */
  #identityIn({ data }: SessionContent, session: object, loaded: Loaded | undefined): SessionIdentity | undefined {
    const found = this.#identityOf(data);
    const earlier = loaded?.login ?? this.#loaded.predecessorOf(session);
    return found && earlier ? identityAfter(earlier, found) : found;
  }

  /** Of what is stored already, a session whose identity cannot be told is no reason to fail. */
  #authenticatedAtIn(session: Record<string, unknown>): number | undefined {
    try {
      return this.#identityOf(session)?.authenticatedAt;
    } catch {
      return undefined;
    }
  }

  #remember(
    id: string,
    session: object,
    stored: KnownSession,
    kept: string,
    authenticatedAt: number | undefined,
  ): void {
    const login = isSignedIn(stored) ? { ...loginOf(stored), authenticatedAt } : undefined;
    this.#loaded.remember(session, { id, stored: withoutData(stored), kept, login });
  }

  #contentOf(session: object): SessionContent {
    return contentOf(session, epochSeconds(), this.#lifetimeSeconds);
  }

  #isWorthMoving(stored: KnownSession, expiresAt: number): boolean {
    return isWorthMoving(stored, expiresAt, epochSeconds(), this.#touchAfterSeconds);
  }
}

function loginOf({ issuer, clientId, sub, sid, idTokenIssuedAt }: SessionIdentity): SessionIdentity {
  return { issuer, clientId, sub, sid, idTokenIssuedAt };
}

/** The data can be large, and the middleware changes them. */
function withoutData(stored: KnownSession): KnownSession {
  const { data: _data, ...known }: KnownSession & { data?: unknown } = stored;
  return known;
}

/** Calls back outside of the promise, so that what the callback throws is not taken for the store's failure. */
function answer<Result>(result: Promise<Result>, callback: (error?: unknown, value?: Result) => void = () => {}): void {
  result.then(
    (value) => setImmediate(callback, null, value),
    (error: unknown) => setImmediate(callback, error),
  );
}
