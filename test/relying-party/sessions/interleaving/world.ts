import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type LogoutParts, logout } from '../../../../receiver/logout/logout.ts';
import { ExpressSessionStore } from '../../../../relying-party/express-session/index.ts';
import {
  LoggedOutError,
  type LogoutScope,
  type NewSession,
  type Session,
  SessionExistsError,
  SessionNotFoundError,
  SessionStore,
} from '../../../../relying-party/sessions/index.ts';
import { scopePartition } from '../../../../relying-party/sessions/item-keys.ts';
import { finishScope } from '../../../../relying-party/sessions/scope-ending.ts';
import { sessionKey } from '../../../../relying-party/sessions/session.ts';
import { epochSeconds, validClaims } from '../../../logout-token.ts';

/** A login, by names that stand for others in each schedule. */
export interface LoginOf {
  readonly client?: string;
  readonly sub: string;
  readonly sid?: string;
  /** When its ID token was issued, in seconds from the schedule's time zero. */
  readonly at: number;
  /** The login whose session id it takes. */
  readonly idOf?: string;
  /** Whether nobody else has or wants that id, so that it must get in. */
  readonly isAlone?: boolean;
}

/** What a logout token names. */
export interface LogoutOf {
  readonly client?: string;
  readonly sub?: string;
  readonly sid?: string;
  /** Its `iat`, in seconds from the schedule's time zero. */
  readonly at: number;
  /** The same name: the same `jti`. */
  readonly jti?: string;
}

interface Login extends NewSession {
  readonly id: string;
  /** Whether the relying party was given the session. */
  isIn: boolean;
  /** Whether something other than a logout may have ended it, or kept it from being made. */
  mayBeGone: boolean;
}

interface Order {
  readonly scope: LogoutScope;
  readonly notBefore: number;
  /** Whether it may also end what was issued later. */
  readonly mayEndLater?: boolean;
  /** Whether somebody was told that it is done. */
  isDone: boolean;
}

/** Where schedules are played. */
export interface Setting {
  readonly parts: LogoutParts;
  readonly issuer: string;
  /** Signs as the issuer does. */
  sign(claims: object): Promise<string>;
  /** How long after its token's `iat` a logout still covers logins, in seconds. */
  readonly allowances: { readonly sid: number; readonly sub: number };
  /** Tells the items of a schedule from those of others in the same table. */
  readonly schedule: string;
}

/** The items of one schedule, what its actors do to them, and what must hold (P1 and P3 of the design). */
export class World {
  /** What did not hold. */
  readonly violations: string[] = [];
  readonly #setting: Setting;
  /** Long enough ago for every time of the schedule to have passed. */
  readonly #zero = epochSeconds() - 60;
  readonly #store: SessionStore;
  readonly #capped: SessionStore;
  readonly #express: ExpressSessionStore;
  readonly #logins = new Map<string, Login>();
  readonly #orders: Order[] = [];

  constructor(setting: Setting) {
    const { sessionsTable } = setting.parts;
    this.#setting = setting;
    this.#store = new SessionStore(sessionsTable);
    this.#capped = new SessionStore({ ...sessionsTable, maxSessionsPerSubject: 1 });
    // The one login of the session is kept here, and not in the session.
    this.#express = new ExpressSessionStore({
      ...sessionsTable,
      identityOf: ({ login }) => this.#logins.get(String(login)),
    });
  }

  async login(name: string, of: LoginOf): Promise<void> {
    await this.#signIn(this.#newLogin(name, of), (login) => this.#store.create(login));
  }

  /** Somebody signs in anew in the same browser session. */
  async loginAnew(name: string, of: LoginOf & { readonly idOf: string }): Promise<void> {
    const old = this.#loginOf(of.idOf);
    const login = this.#newLogin(name, of);
    const session = await this.#store.get(old.id);
    old.mayBeGone = true;
    login.mayBeGone = true;
    if (session) {
      await this.#signIn(login, (input) => this.#store.create({ ...input, replaces: session.creation }));
    }
  }

  /** A login at a relying party that lets a subject have one session. */
  async loginCapped(name: string, of: LoginOf): Promise<void> {
    const login = this.#newLogin(name, of);
    for (const other of this.#logins.values()) {
      other.mayBeGone ||= other.sub === login.sub;
    }
    await this.#signIn(login, (input) => this.#capped.create(input));
  }

  async loginInExpress(name: string, of: LoginOf): Promise<void> {
    const session = { cookie: { originalMaxAge: 60_000 }, login: name };
    await this.#signIn(this.#newLogin(name, of), ({ id }) =>
      calledBack((done) => this.#express.set(id, session, done)),
    );
  }

  /** Time passes the session's end; DynamoDB has not deleted it yet. */
  async expire(name: string): Promise<void> {
    const { id } = this.#loginOf(name);
    this.#loginOf(name).mayBeGone = true;
    const { client, tableName } = this.#setting.parts.sessionsTable;
    await client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: sessionKey((await this.#store.get(id))?.idHash ?? ''),
        UpdateExpression: 'SET expiresAt = :past',
        ExpressionAttributeValues: { ':past': this.#zero },
      }),
    );
  }

  /** A request with the session's id: it reads, and saves. */
  async request(name: string): Promise<void> {
    const { id } = this.#loginOf(name);
    if (await this.#store.get(id)) {
      await this.#store.update(id, { data: { saved: true } }).catch(unlessNotFound);
    }
  }

  /** The same through the middleware of Express. */
  async requestInExpress(name: string): Promise<void> {
    const { id } = this.#loginOf(name);
    const session = await calledBack<object | null>((done) => this.#express.get(id, done));
    if (session) {
      Object.assign(session, { seen: randomUUID() });
      await calledBack((done) => this.#express.set(id, session, done));
    }
  }

  /** A visit in the middleware of Express, of somebody who is not signed in. */
  async visitInExpress(idOf: string): Promise<void> {
    const session = { cookie: { originalMaxAge: 60_000 } };
    await calledBack((done) => this.#express.set(this.#named(idOf), session, done));
  }

  /** Somebody signs in, in the session of that visit or of whoever was signed in: the application keeps the id. */
  async signInDuringVisit(name: string, of: LoginOf & { readonly idOf: string }): Promise<void> {
    const login = this.#newLogin(name, of);
    for (const other of this.#logins.values()) {
      other.mayBeGone ||= other.id === login.id;
    }
    const session = (await calledBack<object | null>((done) => this.#express.get(login.id, done))) ?? {
      cookie: { originalMaxAge: 60_000 },
    };
    Object.assign(session, { login: name });
    await this.#signIn(login, () => calledBack((done) => this.#express.set(login.id, session, done)));
  }

  async destroyInExpress(idOf: string): Promise<void> {
    const id = this.#named(idOf);
    for (const login of this.#logins.values()) {
      login.mayBeGone ||= login.id === id;
    }
    await calledBack((done) => this.#express.destroy(id, done));
  }

  /** The user signs out at the relying party. */
  async signOut(name: string): Promise<void> {
    this.#loginOf(name).mayBeGone = true;
    await this.#store.delete(this.#loginOf(name).id);
  }

  /** A logout token arrives. */
  async logout(of: LogoutOf): Promise<void> {
    const order = this.#newOrder(of);
    const { issuer, parts } = this.#setting;
    const { client = 'shop', sub, sid, jti = randomUUID() } = of;
    const claims = validClaims(issuer, client, {
      iat: this.#zero + of.at,
      jti: this.#named(jti),
      ...(sub !== undefined && { sub: this.#named(sub) }),
      ...(sid !== undefined && { sid: this.#named(sid) }),
    });
    await logout(await this.#setting.sign(claims), epochSeconds(), parts, new AbortController().signal);
    order.isDone = true;
  }

  /** What the table's stream sets off for a logout that was begun. */
  async finishLogout(of: LogoutOf): Promise<void> {
    const order = this.#newOrder(of);
    const ending = { partition: scopePartition(order.scope), maxSessionLifetimeSeconds: 86_400, allowanceSeconds: 0 };
    await finishScope(this.#setting.parts.sessionsTable, ending, order.notBefore, epochSeconds());
    order.isDone = true;
  }

  /** "Sign out everywhere", by this machine's clock and its tolerance. Logins of later may get in. */
  async endAll(sub: string): Promise<void> {
    const scope = { issuer: this.#setting.issuer, clientId: 'shop', sub: this.#named(sub) };
    const order = { scope, notBefore: epochSeconds() + 1, mayEndLater: true, isDone: false };
    this.#orders.push(order);
    await this.#store.endAllSessions(scope);
    order.isDone = true;
  }

  /** What must hold when nobody does anything any more. */
  async check(): Promise<void> {
    // One after the other: some have the same id.
    for (const name of this.#logins.keys()) {
      await this.#checkLogin(name);
    }
    await Promise.all(this.#orders.map((order) => this.#checkOrder(order)));
    await this.#checkPointers();
  }

  async #checkLogin(name: string): Promise<void> {
    const login = this.#loginOf(name);
    const isThere = await this.#isThere(login);
    if (this.#isOver(name)) {
      this.#mustNot(isThere, 'a session survived its logout');
      const saved = await this.#store.update(login.id, { data: { saved: true } }).catch(unlessNotFound);
      this.#mustNot(isOf(login, saved), 'a session was saved after its logout');
    } else if (!login.mayBeGone && !this.#orders.some((order) => mayEnd(order, login))) {
      this.#mustNot(!login.isIn || !isThere, 'a session ended, or was refused, that nobody had ordered to end');
    }
  }

  async #checkOrder({ scope, notBefore, isDone }: Order): Promise<void> {
    const { sub, sid } = { sub: undefined, sid: undefined, ...scope };
    const login = { issuer: scope.issuer, clientId: scope.clientId, sub, sid };
    if (isDone) {
      const isRefused = await this.#store.isLoggedOut({ ...login, idTokenIssuedAt: notBefore });
      this.#mustNot(!isRefused, 'a session could be created after its logout');
    }
    const times = this.#orders.filter((other) => isSameScope(other.scope, scope)).map((other) => other.notBefore);
    const isLaterRefused = await this.#store.isLoggedOut({ ...login, idTokenIssuedAt: Math.max(...times) + 1 });
    this.#mustNot(isLaterRefused, 'a login made after the logout is refused');
  }

  /** Whatever is there, the next logout must find it, by its sid as by its sub. */
  async #checkPointers(): Promise<void> {
    for (const [index, { issuer, clientId, sub, sid }] of [...this.#logins.values()].entries()) {
      const bySid = sid !== undefined && index % 2 === 0;
      const scope = bySid ? { issuer, clientId, sid } : { issuer, clientId, sub };
      // Also what an OP made whose clock is ahead.
      await this.#store.endSessions(scope, epochSeconds() + 300);
    }
    for (const { id } of this.#logins.values()) {
      this.#mustNot((await this.#store.get(id)) !== undefined, 'a session is there that no logout finds');
    }
  }

  async #signIn(login: Login, create: (login: Login) => Promise<unknown>): Promise<void> {
    try {
      await create(login);
      login.isIn = true;
    } catch (error) {
      const isRefused = error instanceof LoggedOutError && this.#orders.some((order) => mayEnd(order, login));
      const isTaken = error instanceof SessionNotFoundError || error instanceof SessionExistsError;
      if (!isRefused && !(isTaken && login.mayBeGone)) {
        throw error;
      }
    }
  }

  /** Whoever is told that a logout is done may rely on it, at once and at every moment from then on. */
  async watch(): Promise<void> {
    for (const [name, login] of this.#logins) {
      if (this.#isOver(name)) {
        this.#mustNot(await this.#isThere(login), 'a session was there after its logout');
      }
    }
  }

  async #isThere(login: Login): Promise<boolean> {
    return isOf(login, await this.#store.get(login.id));
  }

  #isOver(name: string): boolean {
    return this.#orders.some((order) => order.isDone && covers(order, this.#loginOf(name)));
  }

  #mustNot(isSo: boolean, violation: string): void {
    if (isSo) {
      this.violations.push(violation);
    }
  }

  #newLogin(name: string, { client = 'shop', sub, sid, at, idOf = name, isAlone = idOf === name }: LoginOf): Login {
    const login = {
      id: this.#named(idOf),
      issuer: this.#setting.issuer,
      clientId: client,
      sub: this.#named(sub),
      ...(sid !== undefined && { sid: this.#named(sid) }),
      idTokenIssuedAt: this.#zero + at,
      expiresAt: epochSeconds() + 3600,
      data: {},
      isIn: false,
      // Who comes second is refused.
      mayBeGone: !isAlone,
    };
    this.#logins.set(name, login);
    return login;
  }

  #newOrder({ client = 'shop', sub = '', sid, at }: LogoutOf): Order {
    const { issuer } = this.#setting;
    const named = sid === undefined ? { sub: this.#named(sub) } : { sid: this.#named(sid) };
    const notBefore = this.#zero + at + this.#setting.allowances['sid' in named ? 'sid' : 'sub'];
    const order = { scope: { issuer, clientId: client, ...named }, notBefore, isDone: false };
    this.#orders.push(order);
    return order;
  }

  #loginOf(name: string): Login {
    const login = this.#logins.get(name);
    if (!login) {
      throw new Error(`nobody has logged in as ${name}`);
    }
    return login;
  }

  #named(name: string): string {
    return `${name} of ${this.#setting.schedule}`;
  }
}

function covers(order: Order, login: Login): boolean {
  return isIn(order, login) && login.idTokenIssuedAt <= order.notBefore;
}

function mayEnd(order: Order, login: Login): boolean {
  return covers(order, login) || (order.mayEndLater === true && isIn(order, login));
}

function isIn({ scope }: Order, login: Login): boolean {
  const isInScope = 'sid' in scope ? scope.sid === login.sid : scope.sub === login.sub;
  return isInScope && scope.clientId === login.clientId;
}

/** An id can have had several sessions. */
function isOf({ sub, idTokenIssuedAt }: Login, session: Session | undefined): boolean {
  return session?.sub === sub && session.idTokenIssuedAt === idTokenIssuedAt;
}

function isSameScope(a: LogoutScope, b: LogoutScope): boolean {
  return scopePartition(a) === scopePartition(b);
}

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof SessionNotFoundError)) {
    throw error;
  }
}

async function calledBack<Result>(call: (done: (error?: unknown, result?: Result) => void) => void) {
  return await new Promise<Result | undefined>((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}
