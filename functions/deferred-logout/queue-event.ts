import * as z from 'zod/mini';

/** What is used of a message that Lambda takes from an SQS queue. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** Of the queue that it was taken from. */
  readonly queueName: string;
  readonly body: string;
  /** When it came into the queue that it was first put into: epoch seconds, with their fraction. */
  readonly sentAt: number;
  /** How often it was received so far, this time included. */
  readonly receiveCount: number;
}

const SqsEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      eventSourceARN: z.string(),
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number(), SentTimestamp: z.coerce.number() }),
    }),
  ),
});

/** @throws z.core.$ZodError where the event is of another kind: the function is wired to something else */
export function queueRecordsIn(event: unknown): QueueRecord[] {
  return SqsEvent.parse(event).Records.map(({ attributes, eventSourceARN, ...record }) => ({
    ...record,
    queueName: eventSourceARN.split(':').at(-1) ?? '',
    sentAt: attributes.SentTimestamp / 1000,
    receiveCount: attributes.ApproximateReceiveCount,
  }));
}
