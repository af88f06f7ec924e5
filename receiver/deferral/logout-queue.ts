import { type DeferredLogout, messageOf } from './deferred-logout.ts';
import type { SqsQueue } from './sqs-queue.ts';

const LONGEST_DELAY_SECONDS = 3600;

/** The queue that keeps logouts which could not be completed. */
export class LogoutQueue {
  readonly #url: string;
  readonly #firstDelaySeconds: number;
  #queue: SqsQueue | undefined;

  /** @param firstDelaySeconds before the first try; each later one is put off for twice as long as the one before */
  constructor(url: string, firstDelaySeconds: number) {
    this.#url = url;
    this.#firstDelaySeconds = firstDelaySeconds;
  }

  /** As it stands at the end of its URL and of its ARN. */
  get name(): string {
    return this.#url.split('/').at(-1) ?? '';
  }

  /**
   * Keeps a logout. When it resolves, the logout is durable.
   *
   * @param signal where given, aborts when the time for it is spent
   * @throws whatever the queue throws: then it is not
   */
  async put(logout: DeferredLogout, signal?: AbortSignal): Promise<void> {
    const queue = await this.#opened();
    await queue.send(messageOf(logout), this.#firstDelaySeconds, signal);
  }

  /**
   * Puts off the next try, twice as long each time: an outage must not be met with the same load again and again.
   *
   * @param receiveCount how often the message was received so far
   */
  async putOff(receiptHandle: string, receiveCount: number): Promise<void> {
    const queue = await this.#opened();
    const seconds = Math.min(this.#firstDelaySeconds * 2 ** receiveCount, LONGEST_DELAY_SECONDS);
    // Spread by a quarter, so that what failed together does not come back together.
    await queue.hide(receiptHandle, Math.round(seconds * (0.75 + Math.random() * 0.25)));
  }

  /** Loaded with the first failure: a logout that succeeds must not pay for it. */
  async #opened(): Promise<SqsQueue> {
    const { SqsQueue } = await import('./sqs-queue.ts');
    this.#queue ??= new SqsQueue(this.#url);
    return this.#queue;
  }
}
