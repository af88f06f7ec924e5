import type { SQSClient } from '@aws-sdk/client-sqs';
import { type DeferredLogout, messageOf } from './deferred-logout.ts';

const LONGEST_DELAY_SECONDS = 3600;

/** The queue that keeps logouts which could not be completed. */
export class LogoutQueue {
  readonly #url: string;
  readonly #firstDelaySeconds: number;
  #client: SQSClient | undefined;

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
    const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const client = await this.#opened();
    await client.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: messageOf(logout),
        DelaySeconds: this.#firstDelaySeconds,
      }),
      { ...(signal && { abortSignal: signal }) },
    );
  }

  /**
   * Puts off the next try, twice as long each time: an outage must not be met with the same load again and again.
   *
   * @param receiveCount how often the message was received so far
   */
  async putOff(receiptHandle: string, receiveCount: number): Promise<void> {
    const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs');
    const client = await this.#opened();
    const seconds = Math.min(this.#firstDelaySeconds * 2 ** receiveCount, LONGEST_DELAY_SECONDS);
    // Spread by a quarter, so that what failed together does not come back together.
    const VisibilityTimeout = Math.round(seconds * (0.75 + Math.random() * 0.25));
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.#url, ReceiptHandle: receiptHandle, VisibilityTimeout }),
    );
  }

  /** Loaded with the first failure: a logout that succeeds must not pay for it. */
  async #opened(): Promise<SQSClient> {
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    this.#client ??= new SQSClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 300, requestTimeout: 700, throwOnRequestTimeout: true },
    });
    return this.#client;
  }
}
