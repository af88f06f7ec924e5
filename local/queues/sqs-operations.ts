import { Buffer } from 'node:buffer';
import * as z from 'zod/mini';
import type { Queue } from './queue.ts';
import type { ReceivedMessage } from './queue-message.ts';
import { isDeadLetterQueue, moveDeadLetters, type Queues } from './queues.ts';
import { SqsError } from './sqs-error.ts';

/** A move of dead letters. It is over when its start is answered; deployed, it takes a while. */
export interface MessageMove {
  readonly sourceArn: string;
  readonly destinationArn: string | undefined;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  readonly moved: number;
}

/** What an operation works on. */
export interface SqsContext {
  readonly queues: Queues;
  /** The moves that were started, the newest first. */
  readonly moves: MessageMove[];
  /** Aborted when the client is gone, or the local run ends. */
  readonly gone: AbortSignal;
  /** @throws SqsError where there is none with that URL */
  queueWithUrl(url: string): Queue;
}

type Operation = (input: unknown, context: SqsContext) => object | Promise<object>;

const RECEIPT_HANDLE = /^[\w-]{43}$/;
const QUEUE_ATTRIBUTE_NAMES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'QueueArn',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
];

const Names = z._default(z.array(z.string()), []);
const VisibilityTimeout = z.int().check(z.gte(0), z.lte(43_200));
const SendMessage = z.strictObject({
  QueueUrl: z.string(),
  MessageBody: z.string().check(z.minLength(1)),
  DelaySeconds: z.optional(z.int().check(z.gte(0), z.lte(900))),
});
const ReceiveMessage = z.strictObject({
  QueueUrl: z.string(),
  AttributeNames: Names,
  MessageSystemAttributeNames: Names,
  MessageAttributeNames: Names,
  MaxNumberOfMessages: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
  VisibilityTimeout: z.optional(VisibilityTimeout),
  WaitTimeSeconds: z.optional(z.int().check(z.gte(0), z.lte(20))),
});
const DeleteMessage = z.strictObject({ QueueUrl: z.string(), ReceiptHandle: z.string() });
const ChangeMessageVisibility = z.strictObject({ QueueUrl: z.string(), ReceiptHandle: z.string(), VisibilityTimeout });
const GetQueueAttributes = z.strictObject({ QueueUrl: z.string(), AttributeNames: Names });
const StartMessageMoveTask = z.strictObject({ SourceArn: z.string(), DestinationArn: z.optional(z.string()) });
const ListMessageMoveTasks = z.strictObject({
  SourceArn: z.string(),
  MaxResults: z._default(z.int().check(z.gte(1), z.lte(10)), 1),
});

/** What the local SQS can do, by the name of the operation. */
export const sqsOperations: ReadonlyMap<string, Operation> = new Map([
  ['SendMessage', operation(SendMessage, sendMessage)],
  ['ReceiveMessage', operation(ReceiveMessage, receiveMessage)],
  ['DeleteMessage', operation(DeleteMessage, deleteMessage)],
  ['ChangeMessageVisibility', operation(ChangeMessageVisibility, changeMessageVisibility)],
  ['GetQueueAttributes', operation(GetQueueAttributes, getQueueAttributes)],
  ['StartMessageMoveTask', operation(StartMessageMoveTask, startMessageMoveTask)],
  ['ListMessageMoveTasks', operation(ListMessageMoveTasks, listMessageMoveTasks)],
]);

function operation<Schema extends z.ZodMiniType>(
  schema: Schema,
  run: (input: z.infer<Schema>, context: SqsContext) => object | Promise<object>,
): Operation {
  return (input, context) => {
    const { data, error } = schema.safeParse(input);
    if (error) {
      const [issue] = error.issues;
      throw new SqsError('InvalidParameterValueException', `${issue?.path.join('.') || 'input'}: ${issue?.message}`);
    }
    return run(data, context);
  };
}

function sendMessage({ QueueUrl, MessageBody, DelaySeconds }: z.infer<typeof SendMessage>, context: SqsContext) {
  const queue = context.queueWithUrl(QueueUrl);
  const { mostBytes } = queue.definition;
  if (Buffer.byteLength(MessageBody) > mostBytes) {
    throw new SqsError('InvalidParameterValueException', `MessageBody: allowed are ${mostBytes} bytes at most`);
  }
  const { messageId, md5OfBody } = queue.send(MessageBody, DelaySeconds);
  return { MessageId: messageId, MD5OfMessageBody: md5OfBody };
}

async function receiveMessage(input: z.infer<typeof ReceiveMessage>, { queueWithUrl, gone }: SqsContext) {
  const queue = queueWithUrl(input.QueueUrl);
  const names = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
  const waitSeconds = input.WaitTimeSeconds ?? queue.definition.waitSeconds;
  const overdue = AbortSignal.any([gone, AbortSignal.timeout(waitSeconds * 1000)]);
  let received = queue.receive(input.MaxNumberOfMessages, input.VisibilityTimeout);
  while (received.length === 0 && waitSeconds > 0 && !overdue.aborted) {
    await queue.untilReceivable(overdue);
    // What a client that is gone would receive is hidden from all others for no use.
    received = gone.aborted ? [] : queue.receive(input.MaxNumberOfMessages, input.VisibilityTimeout);
  }
  return received.length === 0 ? {} : { Messages: received.map((message) => toMessage(message, names)) };
}

function toMessage({ messageId, receiptHandle, body, md5OfBody, attributes }: ReceivedMessage, names: string[]) {
  const wanted = Object.entries(attributes).filter(([name]) => names.includes(name) || names.includes('All'));
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    Body: body,
    MD5OfBody: md5OfBody,
    ...(wanted.length > 0 && { Attributes: Object.fromEntries(wanted) }),
  };
}

function deleteMessage({ QueueUrl, ReceiptHandle }: z.infer<typeof DeleteMessage>, context: SqsContext) {
  context.queueWithUrl(QueueUrl).delete(wellFormed(ReceiptHandle));
  return {};
}

function changeMessageVisibility(input: z.infer<typeof ChangeMessageVisibility>, context: SqsContext) {
  const { QueueUrl, ReceiptHandle, VisibilityTimeout } = input;
  const problem = context.queueWithUrl(QueueUrl).changeVisibility(wellFormed(ReceiptHandle), VisibilityTimeout);
  if (problem === 'not in flight') {
    throw new SqsError('MessageNotInflight', 'the message is visible again');
  }
  if (problem === 'unknown') {
    throw new SqsError('InvalidParameterValueException', 'ReceiptHandle: the message was received again, or is gone');
  }
  return {};
}

function getQueueAttributes({ QueueUrl, AttributeNames }: z.infer<typeof GetQueueAttributes>, context: SqsContext) {
  const attributes = queueAttributes(context.queueWithUrl(QueueUrl));
  const unknown = AttributeNames.find((name) => name !== 'All' && !QUEUE_ATTRIBUTE_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new SqsError('InvalidAttributeName', `the local run does not know the attribute ${unknown}`);
  }
  const wanted = Object.entries(attributes).filter(
    ([name]) => AttributeNames.includes(name) || AttributeNames.includes('All'),
  );
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
}

function queueAttributes(queue: Queue): Readonly<Record<string, string>> {
  const { definition } = queue;
  const { visible, notVisible, delayed } = queue.count();
  const { deadLetterQueueArn: deadLetterTargetArn, maxReceiveCount } = definition.redrive ?? {};
  return {
    ApproximateNumberOfMessages: `${visible}`,
    ApproximateNumberOfMessagesDelayed: `${delayed}`,
    ApproximateNumberOfMessagesNotVisible: `${notVisible}`,
    DelaySeconds: `${definition.delaySeconds}`,
    MaximumMessageSize: `${definition.mostBytes}`,
    MessageRetentionPeriod: `${definition.retentionSeconds}`,
    QueueArn: definition.arn,
    ReceiveMessageWaitTimeSeconds: `${definition.waitSeconds}`,
    ...(definition.redrive && { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) }),
    VisibilityTimeout: `${definition.visibilityTimeoutSeconds}`,
  };
}

function startMessageMoveTask(input: z.infer<typeof StartMessageMoveTask>, { queues, moves }: SqsContext) {
  const { SourceArn, DestinationArn } = input;
  const [source, destination] = [deadLetterQueueWith(SourceArn, queues), queues.get(DestinationArn ?? '')];
  if (DestinationArn !== undefined && !destination) {
    throw new SqsError('ResourceNotFoundException', 'there is no such queue');
  }
  const startedAt = Date.now();
  const moved = moveDeadLetters(queues, source, destination);
  moves.unshift({ sourceArn: SourceArn, destinationArn: DestinationArn, startedAt, moved });
  return { TaskHandle: Buffer.from(JSON.stringify({ sourceArn: SourceArn })).toString('base64') };
}

function listMessageMoveTasks(input: z.infer<typeof ListMessageMoveTasks>, { queues, moves }: SqsContext) {
  deadLetterQueueWith(input.SourceArn, queues);
  return {
    Results: moves
      .filter(({ sourceArn }) => sourceArn === input.SourceArn)
      .slice(0, input.MaxResults)
      .map(({ sourceArn, destinationArn, startedAt, moved }) => ({
        Status: 'COMPLETED',
        SourceArn: sourceArn,
        ...(destinationArn !== undefined && { DestinationArn: destinationArn }),
        ApproximateNumberOfMessagesMoved: moved,
        ApproximateNumberOfMessagesToMove: moved,
        StartedTimestamp: startedAt,
      })),
  };
}

function deadLetterQueueWith(arn: string, queues: Queues): Queue {
  const queue = queues.get(arn);
  if (!queue) {
    throw new SqsError('ResourceNotFoundException', 'there is no such queue');
  }
  if (!isDeadLetterQueue(queues, arn)) {
    throw new SqsError('InvalidParameterValueException', 'SourceArn: allowed is a dead-letter queue');
  }
  return queue;
}

function wellFormed(receiptHandle: string): string {
  if (!RECEIPT_HANDLE.test(receiptHandle)) {
    throw new SqsError('ReceiptHandleIsInvalid', 'the receipt handle is not one of this SQS');
  }
  return receiptHandle;
}
