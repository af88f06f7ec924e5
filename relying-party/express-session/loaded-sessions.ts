import type { SessionIdentity } from './session-identity.ts';
import type { KnownSession } from './stored-session.ts';

export interface Loaded {
  readonly id: string;
  readonly stored: KnownSession;
  /** Hash of what the application keeps in it. */
  readonly kept: string;
  /** Whose it is; undefined where it is anonymous. */
  readonly login: SessionIdentity | undefined;
  /**
   * Set where an object that is not known may have been copied from the session that had the id before this one: then it
   * cannot start a login of somebody else.
   */
  readonly isAmbiguous?: boolean;
}

/** Sessions that are remembered by their id. */
const MAX_IDS = 10_000;

/**
 * Which session an application's object was read from, and which login it goes on with.
 *
 * This tells the first save of a new session from a save of one that has ended meanwhile. The middlewares save the object
 * that they were given, or one that they made of it; some save a copy, which only the id tells. Whoever saves has read
 * the session in the same process. Nothing of it is stored.
 */
export class LoadedSessions {
  readonly #loaded = new WeakMap<object, Loaded>();
  readonly #ids = new Map<string, Loaded>();
  readonly #predecessors = new WeakMap<object, SessionIdentity>();
  #regenerated: SessionIdentity | undefined;

  /** @param object as handed to the application, or as it handed it over to be saved */
  remember(object: object, loaded: Loaded): void {
    for (const carrier of carriersOf(object)) {
      this.#loaded.set(carrier, loaded);
    }
    this.#rememberId(loaded);
  }

  /** @returns undefined where neither the object nor the id is known */
  find(object: object, id: string): Loaded | undefined {
    const loaded = this.#carried(object).find((carried) => carried.id === id);
    return loaded ?? this.#ids.get(id);
  }

  /** Takes `to` for what `from` was read from: the middleware made the one of the other. */
  handOver(from: object, to: object): void {
    const loaded = this.#loaded.get(from);
    if (loaded) {
      this.#loaded.set(to, loaded);
    }
  }

  /** The login that a new session goes on with, where the middleware made it in place of another one. */
  predecessorOf(object: object): SessionIdentity | undefined {
    const logins = [this.#predecessors.get(object), ...this.#carried(object).map(({ login }) => login)];
    return logins.find((login) => login !== undefined);
  }

  /** Takes `to` for the successor of `from`, under another id. */
  regenerate(from: object, to: object): void {
    this.#succeed(this.predecessorOf(from), to);
  }

  /**
   * Runs what a middleware does once a session is destroyed. A session that it saves there and then takes the place of
   * the destroyed one.
   */
  afterDestroying(id: string, work: () => void): void {
    this.#regenerated = this.#ids.get(id)?.login;
    try {
      work();
    } finally {
      this.#regenerated = undefined;
    }
  }

  /** To be called while the middleware hands over a session to be saved. */
  beforeSaving(object: object): void {
    this.#succeed(this.#regenerated, object);
  }

  #succeed(login: SessionIdentity | undefined, to: object): void {
    if (login) {
      this.#predecessors.set(to, login);
    }
  }

  #carried(object: object): Loaded[] {
    return carriersOf(object)
      .map((carrier) => this.#loaded.get(carrier))
      .filter((loaded) => loaded !== undefined);
  }

  #rememberId(loaded: Loaded): void {
    const { id, stored, login } = loaded;
    const before = this.#ids.get(id);
    if (before?.login && !login) {
      // An id in which somebody was signed in belongs to that login.
      return;
    }
    const isAmbiguous = before?.isAmbiguous || (before?.login && before.stored.creation !== stored.creation);
    // Taken out first, so that the order stays that of use.
    this.#ids.delete(id);
    this.#ids.set(id, isAmbiguous ? { ...loaded, isAmbiguous } : loaded);
    const [oldest] = this.#ids.keys();
    if (this.#ids.size > MAX_IDS && oldest !== undefined) {
      this.#ids.delete(oldest);
    }
  }
}

/** `express-openid-connect` puts the `data` that it was given into a new object for each save. */
function carriersOf(object: object): object[] {
  return 'data' in object && typeof object.data === 'object' && object.data !== null ? [object, object.data] : [object];
}
