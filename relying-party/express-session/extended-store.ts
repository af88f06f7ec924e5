import { requireOption } from '../sessions/input-checks.ts';
import type { ExpressSessionStore } from './express-session-store.ts';

/** A request with the session that `express-session` gives it. */
interface RequestWithSession {
  session?: object;
}

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
 * @throws TypeError where one of them is missing
 */
export function extendStore<Base extends BaseStore>(
  Store: abstract new () => Base,
  store: ExpressSessionStore,
): Base & Pick<ExpressSessionStore, 'get' | 'set' | 'touch' | 'destroy'> {
  requireOption('Store', typeof Store === 'function', 'the Store of express-session');
  requireOption('store', typeof store?.read === 'function', 'an ExpressSessionStore');
  // Abstract to the compiler alone: it is for each store to say where the sessions are.
  const base: Base = Reflect.construct(Store, []);
  const createSession = base.createSession.bind(base);
  /** The last session of each request: a request that has destroyed its session has none when it gets another one. */
  const sessionOf = new WeakMap<object, object>();

  function generateWith(generate: (request: RequestWithSession) => void) {
    return (request: RequestWithSession) => {
      const from = request.session ?? sessionOf.get(request);
      generate(request);
      const to = request.session;
      if (to) {
        if (from) {
          store.regenerate(from, to);
        }
        sessionOf.set(request, to);
      }
    };
  }

  let generate = generateWith(() => {});
  // The middleware sets it, to make the session of a request that has none, or has regenerated the one that it had.
  Object.defineProperty(base, 'generate', {
    enumerable: true,
    get: () => generate,
    set: (own: (request: RequestWithSession) => void) => {
      generate = generateWith(own);
    },
  });
  return Object.assign(base, {
    createSession(request: object, session: object) {
      const created = createSession(request, session);
      store.handOver(session, created);
      sessionOf.set(request, created);
      return created;
    },
    get: store.read.bind(store),
    set: store.set.bind(store),
    touch: store.touch.bind(store),
    destroy: store.destroy.bind(store),
  });
}
