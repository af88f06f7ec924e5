import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  MessageNotInflight,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { localAccount } from '../../../local/local-account.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { openQueues } from '../../../local/queues/sqs.ts';
import { tellTimeouts } from '../../receiver/jwks/told-timeouts.ts';
import { queueResources, stackOf } from './queue-stack.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-Queue';
const DEAD_LETTERS_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters';

let shutdown: Shutdown;
let endpoint: string;
let client: SQSClient;
let QueueUrl: string;
let deadLettersUrl: string;

beforeEach(async () => {
  shutdown = createShutdown();
  endpoint = (await openQueues([stackOf(queueResources())], shutdown)).endpoint ?? '';
  client = new SQSClient({ ...localAccount, endpoint, maxAttempts: 1 });
  QueueUrl = `${endpoint}/000000000000/S-Queue`;
  deadLettersUrl = `${endpoint}/000000000000/S-DeadLetters`;
  return async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    client.destroy();
    await shutdown.end();
  };
});

/** Until the test ends. @returns epoch milliseconds */
function stopClock(): number {
  vi.useFakeTimers({ toFake: ['Date'] });
  return Date.now();
}

function send(MessageBody: string, DelaySeconds?: number) {
  return client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
}

/** What there is at once, or as soon as the input has it wait. */
async function receive(input: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], ...input });
  return (await client.send(command)).Messages ?? [];
}

async function receiveOne(input: Partial<ReceiveMessageCommandInput> = {}): Promise<Message> {
  const [message, ...others] = await receive(input);
  if (!message || others.length > 0) {
    throw new Error('not one message');
  }
  return message;
}

function hide({ ReceiptHandle }: Message, VisibilityTimeout: number) {
  return client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
}

/** Numbers of visible, hidden and delayed messages. */
async function counts(url = QueueUrl): Promise<unknown[]> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  const { Attributes: attributes } = await client.send(command);
  return (['', 'NotVisible', 'Delayed'] as const).map((kind) =>
    Number(attributes?.[`ApproximateNumberOfMessages${kind}`]),
  );
}

/** Has the message received as often as it may be, and once more. */
async function makeDeadLetter(body: string): Promise<void> {
  await send(body);
  for (const _ of [1, 2]) {
    await hide(await receiveOne(), 0);
  }
  expect(await receive()).toEqual([]);
}

describe('a message', () => {
  it('is received as it was sent, once, and is gone when it is deleted', async () => {
    const sent = await send('{"a":"ä"}');
    expect(sent.MD5OfMessageBody).toBe('9b270208369bdf2596b2c5abc12bbe19');
    const { ReceiptHandle, ...message } = await receiveOne();
    expect(message).toEqual({
      MessageId: sent.MessageId,
      Body: '{"a":"ä"}',
      MD5OfBody: sent.MD5OfMessageBody,
      Attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: 'local',
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
    });
    expect(await receive()).toEqual([]);
    expect(await counts()).toEqual([0, 1, 0]);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('comes with those attributes that are asked for', async () => {
    await send('a');
    const { Attributes } = await receiveOne({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(Attributes).toEqual({ ApproximateReceiveCount: '1' });
  });

  it('comes to whoever waits for it, as soon as it is sent', async () => {
    // No time passes by itself: neither that of the wait, nor any between two looks.
    tellTimeouts();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const waiting = receiveOne({ WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });
    await send('a');
    vi.advanceTimersByTime(0);
    expect((await waiting).Body).toBe('a');
  });

  it('goes to one of those who wait, and the next message to another', async () => {
    const waiting = [receiveOne({ WaitTimeSeconds: 20 }), receiveOne({ WaitTimeSeconds: 20 })];
    await send('a');
    await send('b');
    expect((await Promise.all(waiting)).map(({ Body }) => Body).sort()).toEqual(['a', 'b']);
  });

  it('does not come before its delay is over', async () => {
    const begin = stopClock();
    await send('a', 1);
    expect(await receive()).toEqual([]);
    expect(await counts()).toEqual([0, 0, 1]);
    vi.useRealTimers();
    const { Attributes } = await receiveOne({ WaitTimeSeconds: 20 });
    expect(Number(Attributes?.ApproximateFirstReceiveTimestamp) - begin).toBeGreaterThanOrEqual(999);
  });

  it('comes again when its visibility timeout is over, and what was received first deletes nothing', async () => {
    await send('a');
    const first = await receiveOne({ VisibilityTimeout: 1 });
    const second = await receiveOne({ WaitTimeSeconds: 5 });
    expect([second.MessageId, second.Attributes?.ApproximateReceiveCount]).toEqual([first.MessageId, '2']);
    const attributes = [first, second].map(({ Attributes }) => Attributes ?? {});
    expect(attributes[1]?.ApproximateFirstReceiveTimestamp).toBe(attributes[0]?.ApproximateFirstReceiveTimestamp);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle }));
    await expect(hide(first, 10)).rejects.toThrow('received again, or is gone');
    expect(await counts()).toEqual([0, 1, 0]);
  });

  it('stays hidden as long as its receiver says', async () => {
    await send('a');
    await receiveOne({ VisibilityTimeout: 0 });
    await receiveOne({ VisibilityTimeout: 600 });
    expect(await receive({ WaitTimeSeconds: 1 })).toEqual([]);
  });
});

describe('ChangeMessageVisibility', () => {
  it('postpones a message, which does not count as receiving it', async () => {
    const begin = stopClock();
    await send('a');
    const message = await receiveOne({ VisibilityTimeout: 1 });
    await hide(message, 2);
    vi.setSystemTime(begin + 1_999);
    expect(await receive()).toEqual([]);
    vi.setSystemTime(begin + 2_000);
    const { Attributes } = await receiveOne();
    expect(Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('shows a message at once to whoever waits', async () => {
    await send('a');
    const message = await receiveOne({ VisibilityTimeout: 600 });
    const [again] = await Promise.all([receiveOne({ WaitTimeSeconds: 20 }), hide(message, 0)]);
    expect(again.MessageId).toBe(message.MessageId);
  });

  it('is for messages in flight only', async () => {
    await send('a');
    await expect(hide(await receiveOne({ VisibilityTimeout: 0 }), 1)).rejects.toThrow(MessageNotInflight);
  });
});

describe('a message that has been received as often as it may be', () => {
  it('goes to the dead-letter queue, and from there back to its queue as a new one', async () => {
    await makeDeadLetter('a');
    expect([await counts(), await counts(deadLettersUrl)]).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
    const dead = await receiveOne({ QueueUrl: deadLettersUrl, VisibilityTimeout: 0 });
    expect(dead).toMatchObject({ Body: 'a', Attributes: { DeadLetterQueueSourceArn: QUEUE_ARN } });
    const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD_LETTERS_ARN }));
    expect(TaskHandle).toMatch(/^[\w=]+$/);
    const redriven = await receiveOne({ WaitTimeSeconds: 5 });
    expect(redriven).toMatchObject({ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } });
    expect(redriven.MessageId).not.toBe(dead.MessageId);
    expect(await counts(deadLettersUrl)).toEqual([0, 0, 0]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD_LETTERS_ARN, DestinationArn: QUEUE_ARN }));
    const moves = new ListMessageMoveTasksCommand({ SourceArn: DEAD_LETTERS_ARN, MaxResults: 2 });
    expect((await client.send(moves)).Results).toEqual([
      expect.objectContaining({ ApproximateNumberOfMessagesMoved: 0, DestinationArn: QUEUE_ARN }),
      {
        Status: 'COMPLETED',
        SourceArn: DEAD_LETTERS_ARN,
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 1,
        StartedTimestamp: expect.any(Number),
      },
    ]);
  });

  it('comes to whoever waits at the dead-letter queue', async () => {
    const waiting = receiveOne({ QueueUrl: deadLettersUrl, WaitTimeSeconds: 20 });
    await makeDeadLetter('a');
    expect((await waiting).Body).toBe('a');
  });

  it('is left in the dead-letter queue while it is in flight there, and when it is nobody’s dead letter', async () => {
    await makeDeadLetter('a');
    await receiveOne({ QueueUrl: deadLettersUrl });
    await client.send(new SendMessageCommand({ QueueUrl: deadLettersUrl, MessageBody: 'of nobody' }));
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD_LETTERS_ARN }));
    expect([await counts(), await counts(deadLettersUrl)]).toEqual([
      [0, 0, 0],
      [1, 1, 0],
    ]);
    const command = new StartMessageMoveTaskCommand({ SourceArn: DEAD_LETTERS_ARN, DestinationArn: QUEUE_ARN });
    await client.send(command);
    expect((await receiveOne()).Body).toBe('of nobody');
  });

  it.each([
    ['a queue that is no dead-letter queue', QUEUE_ARN, undefined, 'InvalidParameterValue'],
    ['an unknown queue', `${QUEUE_ARN}s`, undefined, 'ResourceNotFoundException'],
    ['a dead-letter queue to an unknown one', DEAD_LETTERS_ARN, `${QUEUE_ARN}s`, 'ResourceNotFoundException'],
  ])('is not moved from %s', async (_what, SourceArn, DestinationArn, name) => {
    await expect(client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }))).rejects.toMatchObject({
      name: expect.stringContaining(name),
    });
  });
});

describe('the local SQS', () => {
  it('is not there when the template has no queue', async () => {
    const stack = { name: 'S', template: { Resources: {}, Outputs: {} }, assets: new Map() };
    expect(await openQueues([stack], shutdown)).toEqual({ queues: new Map(), endpoint: undefined, urls: {} });
  });

  it('is on a path that is another one each time, and says where the queues are that the template puts out', async () => {
    const other = await openQueues([stackOf(queueResources())], shutdown);
    expect(other.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
    expect(new URL(endpoint).pathname).not.toBe(new URL(other.endpoint ?? '').pathname);
    expect(other.urls).toEqual({ ExampleQueueUrl: `${other.endpoint}/000000000000/S-Queue` });
  });

  it('tells the attributes of a queue', async () => {
    const AttributeNames = ['QueueArn', 'RedrivePolicy', 'VisibilityTimeout', 'MessageRetentionPeriod'] as const;
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] });
    expect((await client.send(command)).Attributes).toEqual({
      QueueArn: QUEUE_ARN,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD_LETTERS_ARN, maxReceiveCount: 2 }),
      VisibilityTimeout: '60',
      MessageRetentionPeriod: '345600',
    });
  });

  it('is found by a client that knows nothing but the URL of a queue', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const other = new SQSClient({ ...localAccount, maxAttempts: 1 });
    await other.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
    other.destroy();
    expect((await receiveOne()).Body).toBe('a');
  });

  it.each<[string, () => Promise<unknown>, unknown]>([
    [
      'a queue that is not there',
      () => client.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}s`, MessageBody: 'a' })),
      expect.any(QueueDoesNotExist),
    ],
    [
      'a receipt handle of its own making',
      () => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'made up' })),
      expect.any(ReceiptHandleIsInvalid),
    ],
    [
      'an attribute of messages that it does not know',
      () =>
        client.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: 'a',
            MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
          }),
        ),
      expect.objectContaining({ message: expect.stringContaining('MessageAttributes') }),
    ],
    [
      'a message over 1 MiB',
      () => send('ä'.repeat(600_000)),
      expect.objectContaining({ message: 'MessageBody: allowed are 1048576 bytes at most' }),
    ],
    [
      'eleven messages',
      () => receive({ MaxNumberOfMessages: 11 }),
      expect.objectContaining({ message: expect.stringMatching(/^MaxNumberOfMessages: /) }),
    ],
    [
      'an operation that it does not know',
      () => client.send(new PurgeQueueCommand({ QueueUrl })),
      expect.objectContaining({ message: expect.stringMatching(/^the local run does not know PurgeQueue: .*Send/) }),
    ],
  ])('refuses %s', async (_what, ask, error) => {
    await expect(ask()).rejects.toEqual(error);
  });

  it.each([
    ['without its path', '/', {}],
    ['on another path', '/more/', {}],
    ['for the URL of a queue elsewhere', '/', { QueueUrl: 'http://127.0.0.1/000000000000/S-Queue' }],
  ])('refuses a request %s', async (_what, path, input) => {
    const response = await fetch(new URL(path, endpoint), {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.StartMessageMoveTask' },
      body: JSON.stringify({ SourceArn: DEAD_LETTERS_ARN, ...input }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'com.amazonaws.sqs#UnsupportedOperation' });
  });

  it('is gone when the local run ends, also for those who wait', async () => {
    const waiting = expect(receive({ WaitTimeSeconds: 20 })).rejects.toThrow();
    await expect.poll(counts).toEqual([0, 0, 0]);
    await shutdown.end();
    await waiting;
    // By a connection that was open, or by a new one.
    await expect(counts()).rejects.toThrow(/socket hang up|ECONNREFUSED/);
  });

  it('does not hide a message for a client that has gone away', async () => {
    const abort = new AbortController();
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: abort.signal,
    });
    await counts();
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await send('a');
    expect((await receiveOne({ WaitTimeSeconds: 5 })).Attributes?.ApproximateReceiveCount).toBe('1');
  });
});
