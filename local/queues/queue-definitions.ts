import * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findResources, readKnownProperties, type TemplateResource } from '../template/template-resources.ts';
import { nameOf } from '../template/template-values.ts';

/** CloudFormation takes numbers as texts too. */
const WholeNumber = z.coerce.number().check(z.int(), z.gte(0));
const QueueProperties = z.object({
  DelaySeconds: z._default(WholeNumber, 0),
  FifoQueue: z._default(z.literal(false, 'the local run knows standard queues only'), false),
  MaximumMessageSize: z._default(WholeNumber, 1_048_576),
  MessageRetentionPeriod: z._default(WholeNumber, 345_600),
  ReceiveMessageWaitTimeSeconds: z._default(WholeNumber, 0),
  RedrivePolicy: z.optional(
    z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: WholeNumber.check(z.gte(1)) }),
  ),
  VisibilityTimeout: z._default(WholeNumber, 30),
});
/** The local run keeps its messages in memory, asks for no permissions, and has one account. */
const IGNORED_PROPERTIES = [
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'QueueName',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
  'Tags',
];

/** A queue of the template. */
export interface QueueDefinition {
  readonly name: string;
  readonly arn: string;
  /** How long a message that was received stays invisible, where the receiver says nothing else. */
  readonly visibilityTimeoutSeconds: number;
  /** How long a message is kept. */
  readonly retentionSeconds: number;
  /** How long a message stays invisible at first, where the sender says nothing else. */
  readonly delaySeconds: number;
  /** How long a receiver waits for a message, where it says nothing else. */
  readonly waitSeconds: number;
  /** Of a message's body. */
  readonly mostBytes: number;
  /** Where messages go that were received that often and not deleted. Without it, they stay. */
  readonly redrive?: { readonly deadLetterQueueArn: string; readonly maxReceiveCount: number };
}

/**
 * All queues of the templates.
 *
 * @throws StartupError where one has what the local run does not know, or its dead-letter queue is not among them
 */
export function readQueues(stacks: readonly Stack[]): QueueDefinition[] {
  const resources = findResources(stacks, 'AWS::SQS::Queue');
  const arns = resources.map(({ ids }) => ids.attributes.Arn);
  return resources.map((resource) => {
    const queue = readQueue(resource);
    const target = queue.redrive?.deadLetterQueueArn;
    if (target !== undefined && !arns.includes(target)) {
      throw new StartupError(`${nameOf(resource.place)}.RedrivePolicy: no queue is ${target}`);
    }
    return queue;
  });
}

function readQueue(resource: TemplateResource): QueueDefinition {
  const { RedrivePolicy, ...properties } = readKnownProperties(QueueProperties, IGNORED_PROPERTIES, resource);
  const { QueueName: name = '', Arn: arn = '' } = resource.ids.attributes;
  return {
    name,
    arn,
    visibilityTimeoutSeconds: properties.VisibilityTimeout,
    retentionSeconds: properties.MessageRetentionPeriod,
    delaySeconds: properties.DelaySeconds,
    waitSeconds: properties.ReceiveMessageWaitTimeSeconds,
    mostBytes: properties.MaximumMessageSize,
    ...(RedrivePolicy && {
      redrive: {
        deadLetterQueueArn: RedrivePolicy.deadLetterTargetArn,
        maxReceiveCount: RedrivePolicy.maxReceiveCount,
      },
    }),
  };
}
