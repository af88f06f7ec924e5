import {
  LoggedOutError,
  type NewSession,
  SessionExistsError,
  SessionLimitError,
  SessionNotFoundError,
} from '../../../relying-party/sessions/index.ts';
import type { Actor } from './actor.ts';
import type { ExpressDeeds } from './express-deeds.ts';
import type { LogoutDeeds } from './logout-deeds.ts';
import type { Deed, Person } from './plan.ts';
import type { Play } from './play.ts';
import type { Stores } from './stores.ts';
import { type Ender, ISSUER, isOwnId, type Login, ownId, type Truth } from './truth.ts';

/** Does what is planned, on the library, and tells the truth of it. */
export class Deeds {
  readonly #play: Play;
  readonly #truth: Truth;
  readonly #stores: Stores;
  readonly #express: ExpressDeeds;
  readonly #logouts: LogoutDeeds;

  constructor(play: Play, truth: Truth, stores: Stores, express: ExpressDeeds, logouts: LogoutDeeds) {
    this.#play = play;
    this.#truth = truth;
    this.#stores = stores;
    this.#express = express;
    this.#logouts = logouts;
  }

  async carryOut(actor: Actor, deed: Deed): Promise<void> {
    const ender = enderOf(deed);
    if (ender) {
      this.#truth.enders.push(ender);
    }
    try {
      await this.#do(actor, deed);
      if (ender && !actor.isFollowed) {
        ender.end = this.#play.now;
      }
    } catch (error) {
      if (!actor.isDisturbed) {
        this.#truth.violated(`'${deed.does}' failed: ${error instanceof Error ? error.stack : error}`);
      }
    }
  }

  async #do(actor: Actor, deed: Deed): Promise<void> {
    const store = this.#stores.plain;
    switch (deed.does) {
      case 'login':
        return await this.#login(actor, deed);
      case 'login in Express':
        return await this.#signInToExpress(actor, deed);
      case 'save':
        return await this.#save(deed.id);
      case 'touch':
        await store.update(deed.id, { expiresAt: this.#seconds() + 7200 }).catch(unlessNotFound);
        return;
      case 'sign out':
        return await store.delete(deed.id);
      case 'end one':
        return await this.#endOne(deed.person);
      case 'check':
        return await this.#logouts.check(deed.person);
      case 'end all':
        return await this.#logouts.endAll(deed.person, deed.tolerance);
      case 'issue':
        this.#logouts.issue(deed.token);
        return;
      case 'deliver':
        return await this.#logouts.deliver(deed.token, deed.anew);
      default:
        return await this.#express.request(deed);
    }
  }

  async #signInToExpress(actor: Actor, deed: Deed & { does: 'login in Express' }): Promise<void> {
    const id = deed.regenerates ? ownId(deed.login) : deed.id;
    const login = this.#express.newLogin({ ...deed, id });
    await this.#signIn(actor, login, () => this.#express.login(deed, login));
  }

  async #login(actor: Actor, deed: Deed & { does: 'login' }): Promise<void> {
    const { person, id = ownId(deed.login), max, days } = deed;
    const login = this.#express.newLogin({ ...deed, id, max, isShort: days < 1 });
    const store = max === undefined ? this.#stores.plain : this.#stores.capped(max);
    await this.#signIn(actor, login, async () => {
      const replaced = deed.replaces ? await store.get(id) : undefined;
      const input: NewSession = {
        issuer: ISSUER,
        clientId: person.client,
        sub: person.sub,
        sid: person.sid,
        idTokenIssuedAt: login.issuedAt,
        expiresAt: this.#seconds() + days * 86_400,
        data: { login: login.name },
        id,
        replaces: replaced?.creation,
      };
      return (await store.create(input)).creation;
    });
  }

  async #signIn(actor: Actor, login: Login, create: (login: Login) => Promise<string | undefined>): Promise<void> {
    this.#truth.logins.set(login.name, login);
    actor.login = login.name;
    try {
      this.#truth.letIn(login, await create(login));
    } catch (error) {
      if (!actor.isDisturbed && !this.#mayRefuse(login, error)) {
        throw error;
      }
    }
  }

  #mayRefuse(login: Login, error: unknown): boolean {
    if (error instanceof LoggedOutError) {
      return this.#truth.mayBeRefused(login);
    }
    if (error instanceof SessionLimitError) {
      return login.max !== undefined;
    }
    const isTaken = error instanceof SessionExistsError || error instanceof SessionNotFoundError;
    return isTaken && (!isOwnId(login.id) || this.#truth.mayBeGone(login));
  }

  async #save(id: string): Promise<void> {
    const session = await this.#stores.plain.get(id);
    if (session) {
      const data = { ...session.data, saved: this.#play.now };
      const { creation } = session;
      await this.#stores.plain.update(id, { data, creation }).catch(unlessNotFound);
    }
  }

  /** The user ends one of the devices in a list. */
  async #endOne({ client, sub }: Person): Promise<void> {
    const subject = { issuer: ISSUER, clientId: client, sub };
    const [session] = await this.#stores.plain.list(subject);
    if (session) {
      await this.#stores.plain.endSession(subject, session.idHash);
    }
  }

  #seconds(): number {
    return Math.floor(this.#play.clock / 1000);
  }
}

/** What may end sessions beside logouts. */
function enderOf(deed: Deed): Ender | undefined {
  switch (deed.does) {
    case 'login':
      if (deed.max !== undefined) {
        return { person: deed.person, end: Number.POSITIVE_INFINITY, ...(deed.replaces && deed.id && { id: deed.id }) };
      }
      return deed.replaces && deed.id ? { id: deed.id, end: Number.POSITIVE_INFINITY } : undefined;
    case 'login in Express':
    case 'sign out':
    case 'destroy in Express':
      return { id: deed.id, end: Number.POSITIVE_INFINITY };
    case 'end one':
      return { person: deed.person, end: Number.POSITIVE_INFINITY };
    default:
      return undefined;
  }
}

function unlessNotFound(error: unknown): void {
  if (!(error instanceof SessionNotFoundError)) {
    throw error;
  }
}
