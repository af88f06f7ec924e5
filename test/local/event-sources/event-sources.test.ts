import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { connectFunctions } from '../../../local/event-sources/event-sources.ts';
import { localAccount } from '../../../local/local-account.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import type { Queue } from '../../../local/queues/queue.ts';
import { openQueues } from '../../../local/queues/sqs.ts';
import type { Stack } from '../../../local/template/cloud-assembly.ts';
import { type ToldFunction, toldFunction, toldFunctionResource } from '../functions/told-function.ts';
import { queueResources, stackOf } from '../queues/queue-stack.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-Queue';
const DEAD_LETTERS_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters';

const Batch = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
});

/** What was written to stderr. */
let complaints: string;
let shutdown: Shutdown;
let told: ToldFunction;

beforeEach(async () => {
  complaints = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += text;
    return true;
  });
  told = await toldFunction();
  // What is begun last ends first: the function before whoever tells it what to do.
  shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
});

function fail(line: string): never {
  throw new Error(line);
}

function stackWith(mapping: object, queue: object): Stack {
  return stackOf(
    {
      ...queueResources(queue),
      Function: toldFunctionResource(told, { QUEUE_URL: { Ref: 'Queue' } }),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          FunctionName: { Ref: 'Function' },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ...mapping,
        },
      },
    },
    { 'key.zip': told.directory },
  );
}

/** Runs the queues of the template, and the function that consumes them. */
async function run(mapping: object = {}, queue: object = {}) {
  // So long that it is never over by itself, however slow the machine is.
  const stacks = [stackWith(mapping, { VisibilityTimeout: 600, ...queue })];
  const served = await openQueues(stacks, shutdown);
  await connectFunctions(stacks, [], served, { dynamodb: '', sqs: served.endpoint }, shutdown, fail);
  const [source, deadLetters] = [served.queues.get(QUEUE_ARN), served.queues.get(DEAD_LETTERS_ARN)];
  if (!source || !deadLetters) {
    throw new Error('the queues are missing');
  }
  return { source, deadLetters, endpoint: served.endpoint };
}

/** The records of the next batch, and how to go on. */
async function nextBatch() {
  const { event, tell } = await told.next();
  const records = Batch.parse(event).Records;
  return {
    event,
    records,
    bodies: records.map(({ body }) => body),
    tell,
    /** Has the time be over that its messages are hidden from others. */
    show(queue: Queue) {
      for (const { receiptHandle } of records) {
        queue.changeVisibility(receiptHandle, 0);
      }
    },
  };
}

/** Waits until that many lines were written to stderr. */
function untilComplaints(count: number): Promise<void> {
  return expect.poll(() => complaints.split('\n'), { interval: 10 }).toHaveLength(count + 1);
}

function untilCount(queue: Queue, expected: object): Promise<void> {
  return expect.poll(() => queue.count(), { interval: 10 }).toMatchObject(expected);
}

describe('a message of a queue', () => {
  it('is handed to the function as Lambda does, and deleted when that returns', async () => {
    const { source } = await run();
    const { messageId, md5OfBody } = source.send('{"a":1}');
    const batch = await nextBatch();
    expect(batch.event).toEqual({
      Records: [
        {
          messageId,
          receiptHandle: expect.stringMatching(/^[\w-]{43}$/),
          body: '{"a":1}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: 'local',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {},
          md5OfBody,
          eventSource: 'aws:sqs',
          eventSourceARN: QUEUE_ARN,
          awsRegion: 'us-east-1',
        },
      ],
    });
    expect(source.count()).toEqual({ visible: 0, notVisible: 1, delayed: 0 });
    batch.tell('return');
    await untilCount(source, { notVisible: 0 });
    expect(complaints).toBe('');
  });

  it.each([
    ['throws', 'throw', 600],
    ['ends its process', 'exit', 600],
    ['takes too long', 'hang', 3],
  ] as const)(
    'comes again when the function %s, and ends in the dead-letter queue',
    async (_what, behaviour, limit) => {
      told.timeoutSeconds = limit;
      const { source, deadLetters } = await run();
      const { messageId } = source.send('a');
      for (const receiveCount of [1, 2]) {
        const batch = await nextBatch();
        expect(batch.records).toMatchObject([
          { messageId, attributes: { ApproximateReceiveCount: `${receiveCount}` } },
        ]);
        batch.tell(behaviour);
        await untilComplaints(receiveCount);
        expect(source.count()).toEqual({ visible: 0, notVisible: 1, delayed: 0 });
        batch.show(source);
      }
      await untilCount(deadLetters, { visible: 1 });
      expect(source.count()).toEqual({ visible: 0, notVisible: 0, delayed: 0 });
      expect(complaints).toMatch(
        /^(arn:aws:lambda:us-east-1:000000000000:function:S-Function: FunctionError: .*\n){2}$/,
      );
    },
  );

  it('waits out its delay', async () => {
    const { source } = await run();
    source.send('much later', 600);
    source.send('now');
    const first = await nextBatch();
    first.tell('return');
    const sentAt = performance.now();
    source.send('later', 1);
    expect([first.bodies, (await nextBatch()).bodies]).toEqual([['now'], ['later']]);
    expect(performance.now() - sentAt).toBeGreaterThan(990);
    expect(source.count()).toMatchObject({ delayed: 1 });
  });

  it('does not wait for another one that is still being handled', async () => {
    const { source } = await run({ BatchSize: 1 });
    source.send('slow');
    const slow = await nextBatch();
    source.send('quick');
    const quick = await nextBatch();
    quick.tell('return');
    await untilCount(source, { notVisible: 1 });
    slow.tell('return');
    await untilCount(source, { notVisible: 0 });
  });
});

describe('batches', () => {
  it('are as many at the same time as there may be at most, and the other messages stay in the queue', async () => {
    const { source } = await run({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    for (const body of ['a', 'b', 'c']) {
      source.send(body);
    }
    const [first] = [await nextBatch(), await nextBatch()];
    expect(source.count()).toMatchObject({ visible: 1, notVisible: 2 });
    first?.tell('return');
    expect((await nextBatch()).bodies).toEqual(['c']);
  });
});

describe('a batch', () => {
  it('is deleted but for what the function says it has not done, which comes again', async () => {
    const { source } = await run();
    for (const body of ['a', 'b', 'c']) {
      source.send(body);
    }
    const batch = await nextBatch();
    expect(batch.bodies).toEqual(['a', 'b', 'c']);
    const itemIdentifier = batch.records[1]?.messageId;
    batch.tell('return', { batchItemFailures: [{ itemIdentifier }] });
    await untilCount(source, { visible: 0, notVisible: 1 });
    batch.show(source);
    const again = await nextBatch();
    expect(again.records).toMatchObject([{ messageId: itemIdentifier, attributes: { ApproximateReceiveCount: '2' } }]);
    again.tell('return', { batchItemFailures: [] });
    await untilCount(source, { visible: 0, notVisible: 0 });
    expect(complaints).toBe('');
  });

  it('comes again whole when the function names a message that is not in it', async () => {
    const { source } = await run();
    source.send('a');
    const batch = await nextBatch();
    batch.tell('return', { batchItemFailures: [{ itemIdentifier: 'other' }] });
    await untilComplaints(1);
    batch.show(source);
    expect((await nextBatch()).bodies).toEqual(['a']);
    expect(complaints).toContain('it returned no valid response to a batch');
  });

  it('is deleted whatever the function returns when the mapping does not say that it reports failures', async () => {
    const { source } = await run({ FunctionResponseTypes: [] });
    const { messageId } = source.send('a');
    (await nextBatch()).tell('return', { batchItemFailures: [{ itemIdentifier: messageId }] });
    await untilCount(source, { visible: 0, notVisible: 0 });
  });

  it('has as many messages as it may have at most, and the others make the next one', async () => {
    const { source } = await run({ MaximumBatchingWindowInSeconds: 300, BatchSize: 2 });
    for (const body of ['a', 'b', 'c', 'd']) {
      source.send(body);
    }
    // Each has a process of its own to start, and the second may be faster.
    const batches = [await nextBatch(), await nextBatch()];
    expect(batches.map(({ bodies }) => bodies.join()).sort()).toEqual(['a,b', 'c,d']);
  });

  it('waits for more messages until its window is over', async () => {
    const { source } = await run({ MaximumBatchingWindowInSeconds: 1 });
    const begin = Date.now();
    source.send('a');
    source.send('b');
    expect((await nextBatch()).bodies).toEqual(['a', 'b']);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(990);
  });
});

describe('the function of an event source', () => {
  it('has the URL of the local queue, and the endpoint of the local SQS', async () => {
    const { source, endpoint } = await run();
    source.send('a');
    const { environment } = await told.next();
    expect(environment).toMatchObject({
      QUEUE_URL: `${endpoint}/000000000000/S-Queue`,
      AWS_ENDPOINT_URL_SQS: endpoint,
    });
  });

  it('can send to the queue with an SDK that knows nothing but its environment', async () => {
    const { source, endpoint } = await run();
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint);
    const client = new SQSClient(localAccount);
    await client.send(
      new SendMessageCommand({ QueueUrl: `${endpoint}/000000000000/S-Queue`, MessageBody: 'a', DelaySeconds: 900 }),
    );
    client.destroy();
    expect(source.count()).toMatchObject({ delayed: 1 });
  });
});

describe('the end of the run', () => {
  it('ends the function that handles a batch, without a word', async () => {
    const { source } = await run();
    source.send('a');
    const { pid, tell } = await told.next();
    tell('hang');
    await shutdown.end();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(complaints).toBe('');
  });

  it('leaves nothing that keeps the process alive', async () => {
    const script = `
      import { createShutdown } from './local/process/shutdown.ts';
      import { openQueues } from './local/queues/sqs.ts';
      import { consumeQueue } from './local/queues/queue-consumer.ts';
      const shutdown = createShutdown();
      const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: {} } }, Outputs: {} };
      const { queues } = await openQueues([{ name: 'S', template, assets: new Map() }], shutdown);
      const queue = queues.get('${QUEUE_ARN}');
      const mapping = { batchSize: 10, batchingWindowSeconds: 300, mostConcurrent: 5 };
      consumeQueue(mapping, queue, async () => undefined, shutdown);
      queue.send('now');
      queue.send('later', 900);
      while (queue.count().visible > 0) await new Promise(setImmediate);
      await shutdown.end();
      console.log(JSON.stringify(queue.count()));`;
    const flags = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const started = promisify(execFile)(process.execPath, flags);
    // Once the run has ended: to load the modules takes as long as the machine is busy.
    started.child.stdout?.once('data', () => setTimeout(() => started.child.kill(), 15_000).unref());
    const { stdout } = await started;
    expect(JSON.parse(stdout)).toEqual({ visible: 0, notVisible: 1, delayed: 1 });
  });
});

describe('an event source mapping', () => {
  it.each<[string, object, object, string]>([
    [
      'a queue that shows a message again while the function may still run',
      {},
      { VisibilityTimeout: 0 },
      `${QUEUE_ARN}: its visibility timeout of 0 seconds must not be under the 60 seconds of `,
    ],
    [
      'a queue that is not in the template',
      { EventSourceArn: `${QUEUE_ARN}s` },
      {},
      `the synthesized template has no queue ${QUEUE_ARN}s`,
    ],
    [
      'a function that is not in the template',
      { FunctionName: 'other' },
      {},
      'the synthesized template has no function arn:aws:lambda:us-east-1:000000000000:function:other',
    ],
  ])('is refused with %s', async (_what, mapping, queue, message) => {
    told.timeoutSeconds = 60;
    const running = run(mapping, queue);
    await expect(running).rejects.toThrow(StartupError);
    await expect(running).rejects.toThrow(message);
  });
});
