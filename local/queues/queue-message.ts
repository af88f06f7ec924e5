import { createHash, randomBytes } from 'node:crypto';
import { localAccount } from '../local-account.ts';

/** A message on its way from one queue to another. */
export interface MovedMessage {
  readonly id: string;
  readonly body: string;
  /** In milliseconds since the epoch. */
  readonly sentAt: number;
  readonly receiveCount: number;
  /** In milliseconds since the epoch; undefined where it was never received. */
  readonly firstReceivedAt?: number | undefined;
  /** Of the queue whose dead letter it is. */
  readonly deadLetterSourceArn?: string | undefined;
}

/** A message in a queue. */
export interface QueuedMessage extends MovedMessage {
  /** In milliseconds since the epoch. */
  readonly visibleAt: number;
  /** Of the last time that it was received. */
  readonly receiptHandle?: string;
}

/** A message as a receiver gets it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Receives a message.
 *
 * @param now in milliseconds since the epoch
 * @param visibleAt until when it is hidden from other receivers, in milliseconds since the epoch
 * @returns what the queue keeps, and what the receiver gets
 */
export function receive(
  message: QueuedMessage,
  now: number,
  visibleAt: number,
): { queued: QueuedMessage; handedOut: ReceivedMessage } {
  const { id, body, sentAt, deadLetterSourceArn } = message;
  const receiveCount = message.receiveCount + 1;
  const firstReceivedAt = message.firstReceivedAt ?? now;
  const receiptHandle = randomBytes(32).toString('base64url');
  return {
    queued: { ...message, receiveCount, firstReceivedAt, receiptHandle, visibleAt },
    handedOut: {
      messageId: id,
      receiptHandle,
      body,
      md5OfBody: md5(body),
      attributes: {
        ApproximateReceiveCount: `${receiveCount}`,
        SentTimestamp: `${sentAt}`,
        SenderId: localAccount.credentials.accessKeyId,
        ApproximateFirstReceiveTimestamp: `${firstReceivedAt}`,
        ...(deadLetterSourceArn && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
      },
    },
  };
}

/** What of a message goes along when it moves. */
export function toMoved(message: QueuedMessage): MovedMessage {
  const { id, body, sentAt, receiveCount, firstReceivedAt, deadLetterSourceArn } = message;
  return { id, body, sentAt, receiveCount, firstReceivedAt, deadLetterSourceArn };
}

/** The checksum that SQS has for texts, in hex digits. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
