import { epochMilliseconds } from './clock.ts';
import { requireOption, requireWhole } from './input-checks.ts';
import { hashOf } from './item-keys.ts';
import type { LoginIdentity } from './login-identity.ts';
import type { SessionStore } from './session-store.ts';

/**
 * For how long, in seconds, an eventually consistent read is assumed to miss what was written: twice what the DynamoDB
 * Developer Guide has ("Read Consistency": the copies are consistent "usually within one second or less"). It promises no
 * bound.
 */
const ASSUMED_LAG_SECONDS = 2;

export interface LogoutCheckOptions {
  readonly store: Pick<SessionStore, 'isLoggedOut'>;
  /**
   * How old an answer that the login stands may be, in seconds: for so long at most, a user who was logged out stays
   * signed in. From 4 on, markers are read at half the price, by reads that may be 2 seconds behind, and an answer is used
   * again for 2 seconds less.
   * @default - 0: every check reads
   */
  readonly maxAgeSeconds?: number;
  /**
   * How many logins that stand to remember, and how many that were logged out; beyond it those go first that were read
   * first.
   * @default - 10000
   */
  readonly maxEntries?: number;
}

interface Answer {
  /** When reading began. */
  readonly since: Moment;
  readonly isLoggedOut: Promise<boolean>;
}

/** In milliseconds, by two clocks: one can be set back, the other stands still while a Lambda function is frozen. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/**
 * Tells whether a login was logged out, for relying parties that keep the session in a cookie, and remembers the answer
 * in the memory of this process.
 *
 * That a login was logged out stays true, and is remembered for as long as there is room.
 */
export class LogoutCheck {
  readonly #store: Pick<SessionStore, 'isLoggedOut'>;
  readonly #consistentRead: boolean;
  /** How long an answer is used again, from before it was read. */
  readonly #reuseMilliseconds: number;
  readonly #maxEntries: number;
  readonly #standing = new Map<string, Answer>();
  readonly #loggedOut = new Set<string>();

  /**
   * @throws TypeError where `store` is missing
   * @throws RangeError where `maxAgeSeconds` is not 0 to 3600, or `maxEntries` not a whole number of at least 1
   */
  constructor({ store, maxAgeSeconds = 0, maxEntries = 10_000 }: LogoutCheckOptions) {
    requireOption('store', typeof store?.isLoggedOut === 'function', 'a SessionStore');
    requireWhole({ maxAgeSeconds }, 0, 3600);
    requireWhole({ maxEntries }, 1);
    this.#store = store;
    // Below, an answer would be used again for so short a time that more reads cost more than they save.
    this.#consistentRead = maxAgeSeconds < 2 * ASSUMED_LAG_SECONDS;
    this.#reuseMilliseconds = (maxAgeSeconds - (this.#consistentRead ? 0 : ASSUMED_LAG_SECONDS)) * 1000;
    this.#maxEntries = maxEntries;
  }

  /**
   * Whether a login was logged out, as of `maxAgeSeconds` ago at the latest. A login older than a session may live
   * counts as logged out.
   *
   * @throws TypeError, RangeError where the identity is wrong, and whatever DynamoDB fails with: treat the user as
   * signed out then, or answer 503
   */
  async isLoggedOut(login: LoginIdentity): Promise<boolean> {
    const { issuer, clientId, sub = null, sid = null, idTokenIssuedAt } = login;
    const key = hashOf(issuer, clientId, sub, sid, String(idTokenIssuedAt));
    if (this.#loggedOut.has(key)) {
      return true;
    }
    const known = this.#standing.get(key);
    if (known && ageOf(known.since) < this.#reuseMilliseconds) {
      const isLoggedOut = await known.isLoggedOut;
      // It may have been long on its way.
      if (isLoggedOut || ageOf(known.since) < this.#reuseMilliseconds) {
        return isLoggedOut;
      }
    }
    const answer = {
      since: moment(),
      isLoggedOut: this.#store.isLoggedOut(login, { consistentRead: this.#consistentRead }),
    };
    this.#remember(key, answer);
    try {
      const isLoggedOut = await answer.isLoggedOut;
      if (isLoggedOut) {
        this.#standing.delete(key);
        this.#loggedOut.add(key);
        evict(this.#loggedOut, this.#maxEntries);
      }
      return isLoggedOut;
    } catch (error) {
      if (this.#standing.get(key) === answer) {
        this.#standing.delete(key);
      }
      throw error;
    }
  }

  #remember(key: string, answer: Answer): void {
    if (this.#reuseMilliseconds > 0) {
      // Taken out first, so that the order stays that of reading.
      this.#standing.delete(key);
      this.#standing.set(key, answer);
      evict(this.#standing, this.#maxEntries);
    }
  }
}

/** A set or map gives its keys in the order in which they came in. */
function evict(remembered: Set<string> | Map<string, unknown>, maxEntries: number): void {
  const [oldest] = remembered.keys();
  if (remembered.size > maxEntries && oldest !== undefined) {
    remembered.delete(oldest);
  }
}

function moment(): Moment {
  return { wall: epochMilliseconds(), monotonic: performance.now() };
}

function ageOf(since: Moment): number {
  const { wall, monotonic } = moment();
  return Math.max(wall - since.wall, monotonic - since.monotonic);
}
