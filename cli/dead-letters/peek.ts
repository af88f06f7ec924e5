import type { SQSClient } from '@aws-sdk/client-sqs';
import { inPlainWords } from '../aws/aws-failure.ts';
import { type DeadLetter, deadLetterFrom } from './dead-letter.ts';

/** Receives without end would find the same messages again and again. */
const MOST_RECEIVES = 30;
/** SQS asks a few of its servers at a time: one empty answer says nothing yet. */
const MOST_WITHOUT_NEWS = 3;

/**
 * Looks at messages of a queue and leaves them where they are: they stay visible to all others, and to the queue's alarm.
 * What counts is how often they were received, which is of no account for a queue that has no dead-letter queue itself.
 *
 * @param most how many are looked at, about
 * @throws FailedError where nobody may look
 */
export async function peek(client: SQSClient, url: string, most: number): Promise<readonly DeadLetter[]> {
  const { ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const letters = new Map<string, DeadLetter>();
  let withoutNews = 0;
  for (let left = MOST_RECEIVES; left > 0 && withoutNews < MOST_WITHOUT_NEWS && letters.size < most; left--) {
    const { Messages = [] } = await inPlainWords(
      client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 })),
    );
    const known = letters.size;
    for (const { MessageId, Body } of Messages) {
      if (MessageId !== undefined && Body !== undefined) {
        letters.set(MessageId, deadLetterFrom(Body));
      }
    }
    withoutNews = letters.size > known ? 0 : withoutNews + 1;
  }
  return [...letters.values()];
}
