import { epochSeconds } from '../sessions/clock.ts';
import { type Session, SessionExistsError, SessionNotFoundError, type SessionStore } from '../sessions/index.ts';
import type { AnonymousSessions } from './anonymous-sessions.ts';
import type { Loaded } from './loaded-sessions.ts';
import { identityAfter, isOfLogin } from './login-succession.ts';
import type { SessionContent } from './session-content.ts';
import type { SessionIdentity } from './session-identity.ts';
import { isSignedIn, type KnownSession, type StoredSession } from './stored-session.ts';

/** Each attempt lost means that another save of the same new session came between. */
const MAX_ATTEMPTS = 4;

/** Saves sessions that change between signed in and anonymous, on the condition that they are as they were read. */
export class SessionUpserts {
  readonly #sessions: SessionStore;
  readonly #anonymous: AnonymousSessions;

  constructor(sessions: SessionStore, anonymous: AnonymousSessions) {
    this.#sessions = sessions;
    this.#anonymous = anonymous;
  }

  /** @returns the session in which somebody signed in, also where an anonymous one of the same id was left behind */
  async read(id: string): Promise<StoredSession | undefined> {
    const stored = await this.#find(id);
    return stored === 'ended' ? undefined : stored;
  }

  /**
   * Saves what was read from a session. Never brings it back: only a login makes a session, and it has its own time.
   *
   * @returns what is stored then, or undefined where the session has ended
   * @throws LoggedOutError where somebody signed in and a logout covers it
   * @throws SessionNotFoundError where somebody signed in anew, and the session that they were in has ended
   * @throws SessionExistsError where it may be the late save of a copy, and somebody else has signed in since
   */
  async saveLoaded(
    { id, stored, isAmbiguous }: Loaded,
    content: SessionContent,
    identity: SessionIdentity | undefined,
  ): Promise<KnownSession | undefined> {
    if (isAmbiguous && isSignedIn(stored) && identity && !isOfLogin(stored, identityAfter(stored, identity))) {
      throw new SessionExistsError();
    }
    const saved = await this.#saveOver(id, stored, content, identity);
    const isLogin = identity !== undefined && !isSignedIn(stored);
    return saved ?? (isLogin ? await this.upsert(id, content, identity) : undefined);
  }

  /**
   * Saves what this process has not read: a new session, or an object of the application's own.
   *
   * @returns what is stored then, or undefined where the session that had the id has ended
   * @throws LoggedOutError where somebody is signed in and a logout covers it
   * @throws SessionNotFoundError where somebody is signed in, and the session that had the id has ended
   * @throws SessionExistsError where others kept changing the session meanwhile
   */
  async upsert(
    id: string,
    content: SessionContent,
    identity: SessionIdentity | undefined,
  ): Promise<KnownSession | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await this.#find(id);
      if (stored === 'ended') {
        // Middlewares give no id twice: whoever saves under this one has read it before its session ended.
        if (identity) {
          throw new SessionNotFoundError();
        }
        return undefined;
      }
      const saved = stored
        ? await this.#saveOver(id, stored, content, identity)
        : await this.#make(id, content, identity);
      if (saved) {
        return saved;
      }
    }
    throw new SessionExistsError();
  }

  /** Moves a session's end. @returns undefined where the session has ended */
  async move(id: string, stored: KnownSession, expiresAt: number): Promise<KnownSession | undefined> {
    return isSignedIn(stored)
      ? await this.#update(id, stored, { expiresAt })
      : await this.#anonymous.update(id, stored, expiresAt);
  }

  async #find(id: string): Promise<StoredSession | 'ended' | undefined> {
    const session = await this.#sessions.getOrEnd(id);
    if (session && session !== 'ended') {
      return session;
    }
    // An anonymous session beside an end: a login in it was refused.
    return (await this.#anonymous.get(id, epochSeconds())) ?? session;
  }

  /** @returns undefined where the session is not there any more, or another one is */
  async #saveOver(
    id: string,
    stored: KnownSession,
    content: SessionContent,
    identity: SessionIdentity | undefined,
  ): Promise<KnownSession | undefined> {
    if (!isSignedIn(stored)) {
      return identity
        ? await this.#signIn(id, content, identity)
        : await this.#anonymous.update(id, stored, content.expiresAt, content.data);
    }
    // Without an identity the user has just left, and the id goes next. Until then a logout still ends the session.
    const login = identity && identityAfter(stored, identity);
    return login && !isOfLogin(stored, login)
      ? await this.#sessions.create({ ...login, ...content, id, replaces: stored.creation })
      : await this.#update(id, stored, content);
  }

  async #make(
    id: string,
    content: SessionContent,
    identity: SessionIdentity | undefined,
  ): Promise<KnownSession | undefined> {
    return identity
      ? await this.#signIn(id, content, identity)
      : await this.#anonymous.put(id, content.data, content.expiresAt, epochSeconds());
  }

  /** The anonymous session goes last: a run that dies before leaves one that nobody is signed in to. */
  async #signIn(id: string, content: SessionContent, identity: SessionIdentity): Promise<Session | undefined> {
    try {
      const session = await this.#sessions.create({ ...identity, ...content, id });
      await this.#anonymous.delete(id);
      return session;
    } catch (error) {
      if (error instanceof SessionExistsError) {
        return undefined;
      }
      throw error;
    }
  }

  async #update(
    id: string,
    { creation }: KnownSession,
    changes: Partial<SessionContent>,
  ): Promise<Session | undefined> {
    try {
      return await this.#sessions.update(id, { data: changes.data, expiresAt: changes.expiresAt, creation });
    } catch (error) {
      if (error instanceof SessionNotFoundError) {
        return undefined;
      }
      throw error;
    }
  }
}
