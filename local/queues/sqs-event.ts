import { localAccount } from '../local-account.ts';
import type { ReceivedMessage } from './queue-message.ts';

/** The event that Lambda makes of messages of a queue. */
export function sqsEvent(messages: readonly ReceivedMessage[], queueArn: string) {
  return {
    Records: messages.map(({ messageId, receiptHandle, body, attributes, md5OfBody }) => ({
      messageId,
      receiptHandle,
      body,
      attributes,
      messageAttributes: {},
      md5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: localAccount.region,
    })),
  };
}
