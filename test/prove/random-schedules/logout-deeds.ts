import { unfinishedIn } from '../../../functions/interrupted-logout/stream-event.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { Rejection } from '../../../receiver/logout/rejection.ts';
import { seenTokenKey } from '../../../relying-party/sessions/item-keys.ts';
import { finishScope } from '../../../relying-party/sessions/scope-ending.ts';
import type { Item } from '../../relying-party/sessions/interleaving/table-model.ts';
import type { Person, TokenOf } from './plan.ts';
import type { Play } from './play.ts';
import type { Stores } from './stores.ts';
import { ISSUER, isIn, type Order, type Truth } from './truth.ts';

/** A token that the OP has signed. */
interface Issued {
  /** Epoch seconds. */
  iat: number;
  /** When a receiver first had it, in epoch seconds by its clock. */
  receivedAt: number;
}

/** How long after its token's `iat` a logout still covers logins, in seconds. */
export interface Allowances {
  readonly sid: number;
  readonly sub: number;
}

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** Logouts, by the OP and at the relying party. */
export class LogoutDeeds {
  readonly #play: Play;
  readonly #truth: Truth;
  readonly #stores: Stores;
  readonly #parts: Omit<LogoutParts, 'sessionsTable'>;
  readonly #opOffset: number;
  readonly #allowances: Allowances;
  readonly #failed: TokenOf[] = [];
  readonly #issued = new Map<string, Issued>();
  readonly #ordersOf = new Map<string, Order[]>();
  readonly #ordersOfClaim = new Map<string, Order[]>();

  constructor(
    play: Play,
    truth: Truth,
    stores: Stores,
    parts: Omit<LogoutParts, 'sessionsTable'>,
    opOffset: number,
    allowances: Allowances,
  ) {
    this.#play = play;
    this.#truth = truth;
    this.#stores = stores;
    this.#parts = parts;
    this.#opOffset = opOffset;
    this.#allowances = allowances;
  }

  /** Logouts that could not be carried out, and are to be tried again. */
  takeFailed(): TokenOf[] {
    return this.#failed.splice(0);
  }

  issue({ jti }: TokenOf): Issued {
    const issued = this.#issued.get(jti) ?? this.#signed();
    this.#issued.set(jti, issued);
    return issued;
  }

  /** A token arrives, or is carried out that had arrived earlier. */
  async deliver(token: TokenOf, anew: boolean): Promise<void> {
    const isKnown = this.#issued.has(token.jti);
    const first = this.issue(token);
    if (first.receivedAt < this.#play.clock / 1000 - 86_400) {
      // So old a token is given up long before, and its `jti` may be forgotten.
      return;
    }
    const issued = anew && isKnown ? this.#signed() : first;
    const orders = this.#order(token, issued.iat);
    const { jti, clients, sub, sid } = token;
    const claims = { iss: ISSUER, aud: clients, iat: issued.iat, exp: issued.iat + 600, jti, sub, sid, events: EVENTS };
    const parts = { ...this.#parts, sessionsTable: this.#stores.table };
    try {
      await logout(tokenWith(claims), issued.receivedAt, parts, new AbortController().signal);
    } catch (error) {
      // Refused since its logout is done.
      if (!(error instanceof Rejection && error.reason === 'token_replayed')) {
        this.#failed.push(token);
        throw error;
      }
    }
    markDone(orders);
  }

  /** What the table's stream sets off for the logout that an item claims. */
  async finish(item: Item): Promise<void> {
    const record = { dynamodb: { SequenceNumber: '1', NewImage: imageOf(item).M } };
    const claimed = unfinishedIn({ Records: [record] }).filter((each) => each.kind === 'claimed');
    for (const { endings, loggedOutAt } of claimed) {
      for (const ending of endings) {
        await finishScope(this.#stores.table, ending, loggedOutAt, Math.floor(this.#play.clock / 1000));
      }
    }
    const orders = this.#ordersOfClaim.get(item.pk);
    if (!orders) {
      throw new Error('nobody has delivered the token');
    }
    markDone(orders);
  }

  async endAll({ client, sub }: Person, tolerance: number): Promise<void> {
    const until = Math.floor(this.#play.clock / 1000) + tolerance;
    const order = { client, sub, sid: undefined, mustUntil: until, mayUntil: until, mayEndLater: true, isDone: false };
    this.#truth.orders.push(order);
    const there = this.#truth.liveOf({ client, sub, sid: undefined });
    await this.#stores.plain.endAllSessions({ issuer: ISSUER, clientId: client, sub }, tolerance);
    order.isDone = true;
    if (there.some((creation) => this.#truth.isLive(creation))) {
      this.#truth.violated('P1: a session that was there is still there after “sign out everywhere”');
    }
  }

  /** Asks as a relying party does that keeps the session in a cookie. */
  async check(person: Person): Promise<void> {
    const { client, sub, sid } = person;
    const issuedAt = Math.floor((this.#play.time + this.#opOffset) / 1000) - 1;
    const before = this.#truth.orders.filter((order) => order.isDone);
    const login = { issuer: ISSUER, clientId: client, sub, sid, idTokenIssuedAt: issuedAt };
    const isLoggedOut = await this.#stores.plain.isLoggedOut(login);
    if (!isLoggedOut && before.some((order) => isIn(order, person) && issuedAt <= order.mustUntil)) {
      this.#truth.violated('P1: a login counts as standing after its logout');
    }
    if (isLoggedOut && !this.#truth.orders.some((order) => isIn(order, person) && issuedAt <= order.mayUntil)) {
      this.#truth.violated('P3: a login counts as logged out that no logout covers');
    }
  }

  #signed(): Issued {
    const { clock, time } = this.#play;
    return { iat: Math.floor((time + this.#opOffset) / 1000), receivedAt: clock / 1000 };
  }

  /** Of a token that is delivered again, the first one's time counts; which is the first is open until one is done. */
  #order({ jti, clients, sub, sid }: TokenOf, iat: number): Order[] {
    const until = iat + this.#allowances[sid === undefined ? 'sub' : 'sid'];
    const orders =
      this.#ordersOf.get(jti) ??
      clients.map((client) => ({
        client,
        sub,
        sid,
        mustUntil: until,
        mayUntil: until,
        mayEndLater: false,
        isDone: false,
      }));
    if (!this.#ordersOf.has(jti)) {
      this.#ordersOf.set(jti, orders);
      this.#ordersOfClaim.set(seenTokenKey([ISSUER], jti).pk, orders);
      this.#truth.orders.push(...orders);
    }
    for (const order of orders.filter(({ isDone }) => !isDone)) {
      order.mustUntil = Math.min(order.mustUntil, until);
      order.mayUntil = Math.max(order.mayUntil, until);
    }
    return orders;
  }
}

function markDone(orders: readonly Order[]): void {
  for (const order of orders) {
    order.isDone = true;
  }
}

function tokenWith(claims: object): string {
  const [header, payload] = [{ alg: 'RS256', typ: 'logout+jwt' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${header}.${payload}.c2lnbmF0dXJl`;
}

/** A value as the table's stream has it. */
function imageOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'number') {
    return { N: String(value) };
  }
  if (Array.isArray(value)) {
    return { L: value.map(imageOf) };
  }
  return typeof value === 'object' && value !== null
    ? { M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, imageOf(member)])) }
    : { S: String(value) };
}
