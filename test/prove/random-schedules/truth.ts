import * as z from 'zod/mini';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import type { Item } from '../../relying-party/sessions/interleaving/table-model.ts';
import type { Person } from './plan.ts';
import type { Play } from './play.ts';

const SessionPut = z.object({ Item: z.object({ sk: z.literal('SESSION'), creation: z.string() }) });

export const ISSUER = 'https://op.example.com';

/** A session id that no other login has. */
export const ownId = (login: string) => `own id of ${login}`;
export const isOwnId = (id: string) => id.startsWith('own id of ');

/** A login, as it really was. */
export interface Login extends Person {
  readonly name: string;
  readonly id: string;
  /** `iat` of its ID token, in epoch seconds. */
  readonly issuedAt: number;
  /** The schedule's operation before which it began. */
  readonly begun: number;
  /** Partitions that must have a pointer to its session. */
  readonly partitions: readonly string[];
  readonly max: number | undefined;
  readonly isShort: boolean;
  /** Whether the relying party was given the session. */
  isIn: boolean;
}

/** An order to end what was issued in a scope until some time. */
export interface Order {
  readonly client: string;
  readonly sid: string | undefined;
  readonly sub: string | undefined;
  /** Epoch seconds: what was issued until then must go, and what was issued later than `mayUntil` must not. */
  mustUntil: number;
  mayUntil: number;
  /** Whether it may also end what was issued later. */
  readonly mayEndLater: boolean;
  /** Whether somebody was told that it is done. */
  isDone: boolean;
}

/** Something other than a logout that may end logins: those of an id, or of a subject. */
export interface Ender {
  readonly id?: string;
  readonly person?: Person;
  end: number;
}

/** What must hold in a schedule (P1 and P3 of the design), and what of it did not. */
export class Truth {
  readonly violations: string[] = [];
  readonly logins = new Map<string, Login>();
  readonly orders: Order[] = [];
  readonly enders: Ender[] = [];
  readonly #play: Play;
  /** The login that each session was made for, by its creation. */
  readonly #loginOf = new Map<string, Login>();
  #live = new Map<string, Item>();
  readonly #ended = new Map<string, { readonly at: number; readonly by: string | undefined }>();

  constructor(play: Play) {
    this.#play = play;
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  /** Whatever holds at every moment. */
  watch(): void {
    const live = new Map<string, Item>();
    for (const item of this.#play.table.items) {
      if (item.sk === 'SESSION' && item.endedAt === undefined) {
        live.set(String(item.creation), item);
      }
    }
    for (const creation of this.#live.keys()) {
      if (!live.has(creation)) {
        this.#ended.set(creation, { at: this.#play.now, by: this.#play.actor?.name });
      }
    }
    for (const [creation, item] of live) {
      if (!this.#live.has(creation)) {
        this.#checkNew(creation, item);
      }
      if (!this.#isOver(item)) {
        this.#checkLive(creation, item);
      }
    }
    this.#live = live;
  }

  #checkNew(creation: string, { sub, sid, idTokenIssuedAt }: Item): void {
    const login = this.#loginOf.get(creation);
    if (!login) {
      this.violated('there is a session that no login made');
    } else if (this.#ended.has(creation)) {
      this.violated(`the session of ${login.name} came back`);
    } else if (!this.#readingsOf(login).some((one) => isOf(one, { sub, sid, idTokenIssuedAt }))) {
      this.violated(`the session of ${login.name} is of another login`);
    }
  }

  #checkLive(creation: string, { pk }: Item): void {
    const login = this.#loginOf.get(creation);
    if (!login) {
      return;
    }
    const order = this.orders.find((other) => other.isDone && mustEnd(other, login));
    if (order) {
      this.violated(`P1: the session of ${login.name} is there after the logout of ${nameOf(order)} was done`);
    }
    const sk = `${String(pk)}#${creation}`;
    if (login.partitions.some((partition) => !this.#play.table.at({ pk: partition, sk }))) {
      this.violated(`P1: the session of ${login.name} is there, and a logout would not find it`);
    }
  }

  /** By the clock of one of those who may look. */
  #isOver(item: Item | undefined): boolean {
    return Math.min(Number(item?.expiresAt), Number(item?.latestExpiresAt)) <= this.#play.time / 1000 + 120;
  }

  /** Says whose session it will be that an operation writes, which may be carried out late. */
  foresee(input: unknown, login: string | undefined): void {
    const known = this.logins.get(login ?? '');
    const { data } = SessionPut.safeParse(input);
    if (known && data && !this.#loginOf.has(data.Item.creation)) {
      this.#loginOf.set(data.Item.creation, known);
    }
  }

  /** Sessions that are short, or whose end somebody may have moved, are over. */
  outlived(): void {
    for (const login of this.logins.values()) {
      login.isIn &&= !login.isShort && isOwnId(login.id);
    }
  }

  /** @param creation of the session that the login was given */
  letIn(login: Login, creation: string | undefined): void {
    login.isIn = true;
    const { actor } = this.#play;
    const ended = this.#ended.get(creation ?? '');
    if (ended && (ended.by === actor?.name || ended.at < (actor?.lastBatchRead ?? 0))) {
      this.violated(`${login.name} was let in, although its session had ended`);
    }
  }

  /** Sessions of a subject that are there. */
  liveOf({ client, sub }: Person): string[] {
    return [...this.#live.keys()].filter((creation) => {
      const login = this.#loginOf.get(creation);
      return login?.client === client && login.sub === sub;
    });
  }

  isLive(creation: string): boolean {
    return this.#live.has(creation);
  }

  mayBeRefused(login: Login): boolean {
    return this.orders.some((order) => this.#readingsOf(login).some((one) => mayEnd(order, one)));
  }

  /**
   * The identities that the session of a login may have: its own, and where the same subject has another login under the
   * id, which the middleware takes for the same browser session, one that may go on from the other one.
   */
  #readingsOf(login: Login): Reading[] {
    const others = [...this.logins.values()].filter(
      (other) => other !== login && other.id === login.id && other.client === login.client && other.sub === login.sub,
    );
    return [
      login,
      ...others.flatMap((other) => {
        const issuedAt = Math.min(login.issuedAt, other.issuedAt);
        return [login, other].map(({ client, sub, sid }) => ({ client, sub, sid, issuedAt }));
      }),
    ];
  }

  mayBeGone(login: Login): boolean {
    return (
      this.mayBeRefused(login) ||
      this.enders.some(
        ({ id, person, end }) =>
          end >= login.begun && (id === login.id || (person?.client === login.client && person.sub === login.sub)),
      )
    );
  }

  /** What must hold when nothing happens any more. */
  checkQuiet(): void {
    const there = new Set([...this.#live.keys()].map((creation) => this.#loginOf.get(creation)));
    for (const login of this.logins.values()) {
      if (login.isIn && !there.has(login) && !this.mayBeGone(login)) {
        this.violated(`P3: the session of ${login.name} is gone, and nobody ended it`);
      }
    }
    for (const ender of this.enders) {
      ender.end = Math.min(ender.end, this.#play.now);
    }
    for (const order of this.orders) {
      this.#checkMarker(order);
    }
    this.#checkLimits();
  }

  #checkMarker(order: Order): void {
    const marker = this.#play.table.at({ pk: partitionOf(order), sk: 'NOT_BEFORE' });
    if (order.isDone && Number(marker?.notBefore ?? 0) < order.mustUntil) {
      this.violated(`P1: a login that the logout of ${nameOf(order)} covers would be let in`);
    }
    const latest = this.orders.filter((other) => partitionOf(other) === partitionOf(order)).map((one) => one.mayUntil);
    if (Number(marker?.notBefore ?? 0) > Math.max(...latest)) {
      this.violated(`P3: a login made after the logout of ${nameOf(order)} would be refused`);
    }
  }

  #checkLimits(): void {
    for (const login of this.logins.values()) {
      const live = this.liveOf(login).filter((creation) => !this.#isOver(this.#live.get(creation)));
      const others = live.map((creation) => this.#loginOf.get(creation)?.max);
      const most = Math.max(1, ...others.map((max) => max ?? Number.POSITIVE_INFINITY));
      if (this.#play.faulty.length === 0 && others.length > most) {
        this.violated(`${login.sub} has more sessions than allowed`);
      }
    }
  }
}

type Reading = Pick<Login, 'client' | 'sub' | 'sid' | 'issuedAt'>;

function isOf({ sub, sid, issuedAt }: Reading, item: Readonly<Record<string, unknown>>): boolean {
  return sub === item.sub && sid === item.sid && issuedAt === item.idTokenIssuedAt;
}

function mustEnd(order: Order, login: Login): boolean {
  return isIn(order, login) && login.issuedAt <= order.mustUntil;
}

function mayEnd(order: Order, login: Reading): boolean {
  return isIn(order, login) && (order.mayEndLater || login.issuedAt <= order.mayUntil);
}

/** Whether a login is in the scope of an order: a `sid` narrows. */
export function isIn(order: Order, login: Person): boolean {
  return order.client === login.client && (order.sid === undefined ? order.sub === login.sub : order.sid === login.sid);
}

function partitionOf({ client, sid, sub = '' }: Order): string {
  const identity = { issuer: ISSUER, clientId: client };
  return scopePartition(sid === undefined ? { ...identity, sub } : { ...identity, sid });
}

function nameOf({ client, sid, sub = '' }: Order): string {
  return `${sid ?? sub} at ${client}`;
}
