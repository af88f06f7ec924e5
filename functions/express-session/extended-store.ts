import type { ExpressSessionStore } from './express-session-store.ts';

/** What `express-session` exports as `Store`, as far as it is extended. */
interface BaseStore {
  createSession(request: object, session: object): object;
}

/**
 * Makes a store for `express-session`, which wants one that extends its own `Store`. The application hands that in, so
 * that this package need not depend on it.
 *
 * @param Store `session.Store` of `express-session`
 * @param store where the sessions are
 */
export function extendStore<Base extends BaseStore>(
  Store: abstract new () => Base,
  store: ExpressSessionStore,
): Base & Pick<ExpressSessionStore, 'get' | 'set' | 'touch' | 'destroy'> {
  // Abstract to the compiler alone: it is for each store to say where the sessions are.
  const base: Base = Reflect.construct(Store, []);
  const createSession = base.createSession.bind(base);
  return Object.assign(base, {
    createSession(request: object, session: object) {
      const created = createSession(request, session);
      store.handOver(session, created);
      return created;
    },
    get: store.get.bind(store),
    set: store.set.bind(store),
    touch: store.touch.bind(store),
    destroy: store.destroy.bind(store),
  });
}
