import { epochSeconds } from '../sessions/clock.ts';
import { type Discovered, discover } from './discovery.ts';
import { EndSessionEndpointError } from './logout-url-errors.ts';

/** How long the endpoint is used while the issuer cannot be asked, in seconds from when it was. */
const MAX_STALE_SECONDS = 86_400;
/** After a failure the issuer is left alone for this long: users must not wait for it one after the other. */
const PAUSE_SECONDS = 10;

interface Known extends Discovered {
  /** Epoch seconds. */
  readonly fetchedAt: number;
}

interface Failure {
  readonly error: unknown;
  /** Epoch seconds. */
  readonly failedAt: number;
}

/** Where an issuer signs users out, as its discovery document says, kept in the memory of this process. */
export class EndSessionEndpoint {
  readonly #issuer: string;
  #known: Known | undefined;
  #failure: Failure | undefined;
  #fetching: Promise<Known> | undefined;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** @throws EndSessionEndpointError where there is none, or nobody knows */
  async locate(): Promise<string> {
    const { endSessionEndpoint } = await this.#current(epochSeconds());
    if (endSessionEndpoint === undefined) {
      throw new EndSessionEndpointError(
        'end_session_endpoint_missing',
        `the discovery document of ${this.#issuer} has no end_session_endpoint: if the OP has one all the same, give it as endSessionEndpoint`,
      );
    }
    return endSessionEndpoint;
  }

  async #current(now: number): Promise<Known> {
    const known = this.#known;
    if (known && isWithin(now, known.fetchedAt, known.freshSeconds)) {
      return known;
    }
    try {
      if (this.#failure && isWithin(now, this.#failure.failedAt, PAUSE_SECONDS)) {
        throw this.#failure.error;
      }
      this.#fetching ??= this.#fetch();
      return await this.#fetching;
    } catch (error) {
      if (known && isWithin(now, known.fetchedAt, MAX_STALE_SECONDS)) {
        return known;
      }
      throw error;
    }
  }

  async #fetch(): Promise<Known> {
    try {
      this.#known = { ...(await discover(this.#issuer)), fetchedAt: epochSeconds() };
      this.#failure = undefined;
      return this.#known;
    } catch (error) {
      this.#failure = { error, failedAt: epochSeconds() };
      throw error;
    } finally {
      this.#fetching = undefined;
    }
  }
}

/** A clock that was set back makes nothing last longer. */
function isWithin(now: number, since: number, seconds: number): boolean {
  return since <= now && now < since + seconds;
}
