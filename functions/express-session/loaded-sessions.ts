import type { StoredSession } from './stored-session.ts';

interface Loaded {
  readonly id: string;
  readonly stored: StoredSession;
  /** What the application kept in it, as text. */
  readonly kept: string;
}

/**
 * Which session an application's object was read from.
 *
 * This tells the first save of a new session from a save of one that has ended meanwhile: the middlewares save the
 * object that they were given, or one that they made of it. Nothing of it is stored, and it goes with the object.
 */
export class LoadedSessions {
  readonly #loaded = new WeakMap<object, Loaded>();

  /** @param object as handed to the application, or as it handed it over to be saved */
  remember(object: object, loaded: Loaded): void {
    for (const carrier of carriersOf(object)) {
      this.#loaded.set(carrier, loaded);
    }
  }

  /** @returns undefined where the object was not read from the session of this id */
  find(object: object, id: string): Loaded | undefined {
    return carriersOf(object)
      .map((carrier) => this.#loaded.get(carrier))
      .find((loaded) => loaded?.id === id);
  }

  /** Takes `to` for what `from` was read from: the middleware made the one of the other. */
  handOver(from: object, to: object): void {
    const loaded = this.#loaded.get(from);
    if (loaded) {
      this.#loaded.set(to, loaded);
    }
  }
}

/** `express-openid-connect` puts the `data` that it was given into a new object for each save. */
function carriersOf(object: object): object[] {
  return 'data' in object && typeof object.data === 'object' && object.data !== null ? [object, object.data] : [object];
}
