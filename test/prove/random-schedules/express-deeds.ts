import type { ExpressSessionStore, SessionIdentity } from '../../../relying-party/express-session/index.ts';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import type { Chance } from './chance.ts';
import type { Deed, Person } from './plan.ts';
import type { Play } from './play.ts';
import type { Stores } from './stores.ts';
import { ISSUER, type Login, type Truth } from './truth.ts';

type Request = Extract<
  Deed,
  { does: 'save in Express' | 'touch in Express' | 'destroy in Express' | 'refresh in Express' }
>;

/** What a middleware's session holds here. */
interface Held {
  cookie: { expires?: string; originalMaxAge?: number };
  login?: string;
  refreshedAt?: number;
  withSid?: boolean;
  seen?: number;
}

const isHeld = (session: object): session is Held => 'cookie' in session;

/** Requests through the middleware of Express. */
export class ExpressDeeds {
  readonly #play: Play;
  readonly #truth: Truth;
  readonly #chance: Chance;
  readonly #opOffset: number;
  #stores: Stores | undefined;

  constructor(play: Play, truth: Truth, chance: Chance, opOffset: number) {
    this.#play = play;
    this.#truth = truth;
    this.#chance = chance;
    this.#opOffset = opOffset;
  }

  use(stores: Stores): void {
    this.#stores = stores;
  }

  /** Who is signed in, by what the application keeps in the session. */
  identityOf(session: Readonly<Record<string, unknown>>): SessionIdentity | undefined {
    const login = this.#truth.logins.get(String(session.login));
    return (
      login && {
        issuer: ISSUER,
        clientId: login.client,
        sub: login.sub,
        sid: session.withSid === false ? undefined : login.sid,
        idTokenIssuedAt: typeof session.refreshedAt === 'number' ? session.refreshedAt : login.issuedAt,
        // Refreshed tokens have that of the login (OpenID Connect Core 1.0, section 12.2).
        authenticatedAt: login.issuedAt,
      }
    );
  }

  newLogin({ login, person, id, max, isShort = true }: NewLogin): Login {
    const { client, sub, sid } = person;
    const identity = { issuer: ISSUER, clientId: client };
    return {
      ...person,
      name: login,
      id,
      issuedAt: this.#opSeconds(),
      begun: this.#play.now,
      partitions: [
        scopePartition({ ...identity, sub }),
        ...(sid === undefined ? [] : [scopePartition({ ...identity, sid })]),
      ],
      max,
      isShort,
      isIn: false,
    };
  }

  async login(deed: Deed & { does: 'login in Express' }, login: Login): Promise<undefined> {
    const store = this.#process();
    const session = (await this.#calledBack<object>((done) => store.get(deed.id, done))) ?? { cookie: cookie() };
    if (deed.regenerates) {
      await this.#calledBack((done) => store.destroy(deed.id, done));
      const renewed = { cookie: cookie(), login: login.name };
      await this.#calledBack((done) => store.set(login.id, renewed, done));
    } else if (isHeld(session)) {
      session.login = login.name;
      delete session.refreshedAt;
      delete session.withSid;
      await this.#calledBack((done) => store.set(deed.id, session, done));
    }
  }

  async request(deed: Request): Promise<void> {
    const store = this.#process();
    if (deed.does === 'destroy in Express') {
      await this.#calledBack((done) => store.destroy(deed.id, done));
      return;
    }
    const session = (await this.#calledBack<object>((done) => store.get(deed.id, done))) ?? { cookie: cookie() };
    if (!isHeld(session)) {
      return;
    }
    if (deed.does === 'touch in Express') {
      session.cookie.expires = new Date(this.#play.clock + 7_200_000).toISOString();
      await this.#calledBack((done) => store.touch(deed.id, session, done));
      return;
    }
    session.seen = this.#play.now;
    if (deed.does === 'refresh in Express' && session.login !== undefined) {
      session.refreshedAt = this.#opSeconds();
      session.withSid = deed.withSid;
    }
    await this.#calledBack((done) => store.set(deed.id, session, done));
  }

  async #calledBack<Result>(call: (done: (error?: unknown, result?: Result | null) => void) => void) {
    const { actor } = this.#play;
    if (actor) {
      actor.isCalledBack = true;
    }
    return await new Promise<Result | null | undefined>((resolve, reject) => {
      call((error, result) => (error ? reject(error) : resolve(result)));
    });
  }

  #process(): ExpressSessionStore {
    const store = this.#stores?.express[this.#chance.below(`process of ${this.#play.actor?.name}`, 2)];
    if (!store) {
      throw new Error('there is no store yet');
    }
    return store;
  }

  #opSeconds(): number {
    return Math.floor((this.#play.time + this.#opOffset) / 1000);
  }
}

interface NewLogin {
  readonly login: string;
  readonly person: Person;
  readonly id: string;
  readonly max?: number | undefined;
  readonly isShort?: boolean;
}

const cookie = () => ({ originalMaxAge: 7_200_000 });
