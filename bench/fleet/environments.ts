import type { Settings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Trouble } from './troubles.ts';

/** Tokens for retries that the AWS SDK has for each client (`@smithy/core`, retries of 2026). */
export const RETRY_TOKENS = 500;

/** One execution environment of Lambda: it works on one request at a time. */
export interface Environment {
  isNew: boolean;
  retryTokens: number;
}

export function newEnvironment(): Environment {
  return { isNew: true, retryTokens: RETRY_TOKENS };
}

/** Executions that all functions of the account share. */
export class Executions {
  readonly #limit: number;
  #inUse = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get inUse(): number {
    return this.#inUse;
  }

  take(): boolean {
    if (this.#inUse >= this.#limit) {
      return false;
    }
    this.#inUse++;
    return true;
  }

  giveBack(): void {
    this.#inUse--;
  }
}

/** The environments of the endpoint's function. None is taken away: that comes after minutes without work. */
export class Environments {
  readonly #idle: Environment[] = [];
  readonly #executions: Executions;
  readonly #births: TokenBucket;
  readonly #requests: TokenBucket;
  #born = 0;
  #most = 0;

  /** @param shared of the account, from which the function takes where none are reserved for it */
  constructor(settings: Settings, shared: Executions) {
    const { concurrentExecutions, reservedConcurrency, newEnvironmentsPerTenSeconds } = settings;
    this.#executions = reservedConcurrency === undefined ? shared : new Executions(reservedConcurrency);
    this.#births = new TokenBucket(newEnvironmentsPerTenSeconds / 10, newEnvironmentsPerTenSeconds);
    const requests = (reservedConcurrency ?? concurrentExecutions) * settings.requestsPerSecondForEachExecution;
    this.#requests = new TokenBucket(requests, requests);
  }

  get born(): number {
    return this.#born;
  }

  /** Executions at the same time, at most. */
  get most(): number {
    return this.#most;
  }

  /**
   * @param now milliseconds
   * @returns why there is none, if there is none: API Gateway then answers 503
   */
  take(now: number): Environment | Trouble {
    if (!this.#requests.take(now)) {
      return 'request rate';
    }
    if (!this.#executions.take()) {
      return 'concurrency';
    }
    const environment = this.#idle.pop();
    if (!environment && !this.#births.take(now)) {
      this.#executions.giveBack();
      return 'new environments';
    }
    this.#most = Math.max(this.#most, this.#executions.inUse);
    this.#born += environment ? 0 : 1;
    return environment ?? newEnvironment();
  }

  giveBack(environment: Environment): void {
    environment.isNew = false;
    this.#idle.push(environment);
    this.#executions.giveBack();
  }
}
