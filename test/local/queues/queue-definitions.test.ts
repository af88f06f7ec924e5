import { describe, expect, it } from 'vitest';
import { readQueues } from '../../../local/queues/queue-definitions.ts';
import { findResources } from '../../../local/template/template-resources.ts';
import { resolveValue } from '../../../local/template/template-values.ts';
import { queueResources, stackOf } from './queue-stack.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-Queue';

describe('a queue of the template', () => {
  it('has what the template gives it, and SQS’s defaults for what the template leaves out', () => {
    const properties = {
      DelaySeconds: 5,
      KmsMasterKeyId: { Ref: 'AKeyThatTheLocalRunDoesNotKnow' },
      MaximumMessageSize: 1024,
      ReceiveMessageWaitTimeSeconds: '20',
    };
    expect(readQueues([stackOf(queueResources(properties))])).toEqual([
      {
        name: 'S-Queue',
        arn: QUEUE_ARN,
        visibilityTimeoutSeconds: 60,
        retentionSeconds: 345_600,
        delaySeconds: 5,
        waitSeconds: 20,
        mostBytes: 1024,
        redrive: { deadLetterQueueArn: 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters', maxReceiveCount: 2 },
      },
      {
        name: 'S-DeadLetters',
        arn: 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters',
        visibilityTimeoutSeconds: 30,
        retentionSeconds: 1_209_600,
        delaySeconds: 0,
        waitSeconds: 0,
        mostBytes: 1_048_576,
      },
    ]);
  });

  it.each([
    [{ Ref: 'Queue' }, 'https://sqs.us-east-1.amazonaws.com/000000000000/S-Queue'],
    [{ 'Fn::GetAtt': ['Queue', 'QueueUrl'] }, 'https://sqs.us-east-1.amazonaws.com/000000000000/S-Queue'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, QUEUE_ARN],
    [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'S-Queue'],
  ])('resolves %j as a deployment does', (value, expected) => {
    const stack = stackOf(queueResources());
    expect(resolveValue(value, { stacks: [stack], stack, path: '' })).toBe(expected);
    expect(findResources([stack], 'AWS::SQS::Queue')).toHaveLength(2);
  });

  it.each([
    ['is a FIFO queue', { FifoQueue: true }, 'FifoQueue: the local run knows standard queues only'],
    [
      'has a property that is not known',
      { ContentBasedDeduplication: true },
      'ContentBasedDeduplication: the local run does not know this property',
    ],
    [
      'gives up at once',
      { RedrivePolicy: { deadLetterTargetArn: QUEUE_ARN, maxReceiveCount: 0 } },
      'RedrivePolicy.max',
    ],
    [
      'has a dead-letter queue elsewhere',
      { RedrivePolicy: { deadLetterTargetArn: 'arn:other', maxReceiveCount: 1 } },
      'RedrivePolicy: no queue is arn:other',
    ],
  ])('that %s is refused with its place', (_what, properties, message) => {
    const stacks = [stackOf(queueResources(properties))];
    expect(() => readQueues(stacks)).toThrow(`S: Resources.Queue.Properties.${message}`);
  });
});
