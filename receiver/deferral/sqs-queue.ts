import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

/** A queue of Amazon SQS. */
export class SqsQueue {
  readonly #url: string;
  readonly #client = new SQSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 300, requestTimeout: 700, throwOnRequestTimeout: true },
  });

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * @param delaySeconds until it can be received
   * @param signal where given, aborts when the time for it is spent
   * @throws whatever the SDK throws: then nobody knows whether the message is in the queue
   */
  async send(body: string, delaySeconds: number, signal: AbortSignal | undefined): Promise<void> {
    const command = new SendMessageCommand({ QueueUrl: this.#url, MessageBody: body, DelaySeconds: delaySeconds });
    await this.#client.send(command, { ...(signal && { abortSignal: signal }) });
  }

  /**
   * Keeps a message that was received from being received again.
   *
   * @param seconds for how long, from now
   * @throws whatever the SDK throws
   */
  async hide(receiptHandle: string, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        ...{ QueueUrl: this.#url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds },
      }),
    );
  }
}
