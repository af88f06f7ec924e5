import { epochMilliseconds } from './clock.ts';
import { requireOption, requireWhole } from './input-checks.ts';
import { hashOf } from './item-keys.ts';
import type { LoginIdentity } from './login-identity.ts';
import type { SessionStore } from './session-store.ts';

export interface LogoutCheckOptions {
  readonly store: Pick<SessionStore, 'isLoggedOut'>;
  /**
   * How long an answer that the login stands may be used again, in seconds: for so long at most, a user who was logged
   * out stays signed in.
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
  readonly #maxAgeMilliseconds: number;
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
    this.#maxAgeMilliseconds = maxAgeSeconds * 1000;
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
    if (known && ageOf(known.since) < this.#maxAgeMilliseconds) {
      const isLoggedOut = await known.isLoggedOut;
      // It may have been long on its way.
      if (isLoggedOut || ageOf(known.since) < this.#maxAgeMilliseconds) {
        return isLoggedOut;
      }
    }
    const answer = { since: moment(), isLoggedOut: this.#store.isLoggedOut(login) };
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
    if (this.#maxAgeMilliseconds > 0) {
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
