import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../../local/dynamodb/dynamodb-client.ts';
import { startDynamodbEngine } from '../../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../../../local/dynamodb/tables.ts';
import { connectFunctions } from '../../../local/event-sources/event-sources.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import type { Queue } from '../../../local/queues/queue.ts';
import { openQueues } from '../../../local/queues/sqs.ts';
import type { Stack } from '../../../local/template/cloud-assembly.ts';
import { type ToldFunction, toldFunction, toldFunctionResource } from '../functions/told-function.ts';
import { queueResources, stackOf } from '../queues/queue-stack.ts';

const DEAD_LETTERS_ARN = 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:S-Function';

const Batch = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({ SequenceNumber: z.string(), Keys: z.object({ pk: z.object({ S: z.string() }) }) }),
    }),
  ),
});

const client = dynamodbClient(inject('dynamodbEndpoint'));

/** What was written to stderr. */
let complaints: string;
let shutdown: Shutdown;
let told: ToldFunction;
let TableName: string;

beforeEach(async () => {
  complaints = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += text;
    return true;
  });
  TableName = `streamed-${randomUUID()}`;
  told = await toldFunction();
  // What is begun last ends first: the function before whoever tells it what to do.
  shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
});

function fail(line: string): never {
  throw new Error(line);
}

function stackWith(
  mapping: object,
  streamed: object = { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } },
): Stack {
  return stackOf(
    {
      ...queueResources(),
      Table: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          TableName,
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          ...streamed,
        },
      },
      Function: toldFunctionResource(told),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
          FunctionName: { Ref: 'Function' },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          StartingPosition: 'TRIM_HORIZON',
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
          ...mapping,
        },
      },
    },
    { 'key.zip': told.directory },
  );
}

/** Makes the table, and fills it. */
async function fill(...keys: string[]): Promise<void> {
  await createTables(client, readTables([stackWith({})]), fail);
  for (const key of keys) {
    await put(key);
  }
}

async function put(key: string): Promise<void> {
  await client.send(new PutItemCommand({ TableName, Item: { pk: { S: key }, by: { S: 'test' } } }));
}

/** Has the stream of the template's table invoke the function. */
async function connect(
  mapping: object = {},
  streamed?: object,
  dynamodb = inject('dynamodbEndpoint'),
  warn: (line: string) => void = fail,
) {
  const stacks = [stackWith(mapping, streamed)];
  const served = await openQueues(stacks, shutdown);
  await connectFunctions(stacks, [], served, { dynamodb, sqs: served.endpoint }, shutdown, warn);
  const deadLetters = served.queues.get(DEAD_LETTERS_ARN);
  return deadLetters ?? fail('there is no dead-letter queue');
}

/** The keys of the next batch, and how to go on. */
async function nextBatch() {
  const { event, tell } = await told.next();
  const records = Batch.parse(event).Records;
  return {
    event,
    keys: records.map(({ dynamodb }) => dynamodb.Keys.pk.S).join(''),
    /** Has the function say that it has not done the record with this key. */
    report(key: string) {
      const { dynamodb } = records.find((record) => record.dynamodb.Keys.pk.S === key) ?? fail(`${key} is not in it`);
      tell('return', { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber }] });
    },
    tell,
  };
}

async function nextDeadLetter(queue: Queue): Promise<unknown> {
  await queue.untilReceivable(new AbortController().signal);
  return JSON.parse(queue.receive(1)[0]?.body ?? '');
}

describe('a change of an item', () => {
  it('is handed to the function as Lambda does', async () => {
    await fill();
    await connect();
    await put('a');
    const { event, tell } = await nextBatch();
    expect(event).toEqual({
      Records: [
        {
          eventID: expect.any(String),
          eventName: 'INSERT',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1',
          dynamodb: {
            ApproximateCreationDateTime: expect.any(Number),
            Keys: { pk: { S: 'a' } },
            NewImage: { pk: { S: 'a' }, by: { S: 'test' } },
            SequenceNumber: expect.any(String),
            SizeBytes: expect.any(Number),
            StreamViewType: 'NEW_IMAGE',
          },
          eventSourceARN: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}/stream/2000-01-01T00:00:00.000`,
        },
      ],
    });
    tell('return');
    await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
    expect((await nextBatch()).event).toMatchObject({ Records: [{ eventName: 'REMOVE' }] });
    expect(complaints).toBe('');
  });

  it('is kept from the function when no filter wants it', async () => {
    await fill('deferred 1', 'session', 'deferred 2');
    const Pattern = JSON.stringify({
      eventName: ['INSERT'],
      dynamodb: { Keys: { pk: { S: [{ prefix: 'deferred' }] } } },
    });
    await connect({ FilterCriteria: { Filters: [{ Pattern }] } });
    const { keys, tell } = await nextBatch();
    expect(keys).toBe('deferred 1deferred 2');
    tell('return');
    await put('deferred 1');
    await put('deferred 3');
    expect((await nextBatch()).keys).toBe('deferred 3');
  });

  it.each([
    ['TRIM_HORIZON', 'ab'],
    ['LATEST', 'b'],
  ])('from before the run is handed over or not, as the starting position says: %s', async (StartingPosition, keys) => {
    await fill('a');
    // The batch is full with those that are expected.
    await connect({ StartingPosition, MaximumBatchingWindowInSeconds: 300, BatchSize: keys.length });
    await put('b');
    expect((await nextBatch()).keys).toBe(keys);
  });

  it('is handed over also when the table was made before it had a stream', async () => {
    await createTables(client, readTables([stackWith({}, {})]), fail);
    await connect();
    await put('a');
    expect((await nextBatch()).keys).toBe('a');
  });
});

describe('a batch of changes', () => {
  it('has as many as it may have at most, and the next one comes when it is done', async () => {
    await fill('a', 'b', 'c');
    await connect({ BatchSize: 2 });
    const first = await nextBatch();
    first.tell('return');
    expect([first.keys, (await nextBatch()).keys]).toEqual(['ab', 'c']);
  });

  it('comes again from the first change that the function says it has not done', async () => {
    await fill('a', 'b', 'c');
    await connect();
    const first = await nextBatch();
    first.report('b');
    const second = await nextBatch();
    second.tell('return', { batchItemFailures: [] });
    await put('d');
    expect([first.keys, second.keys, (await nextBatch()).keys]).toEqual(['abc', 'bc', 'd']);
  });

  it.each(['throw', 'exit'] as const)(
    'comes again as often as the mapping says when the function is told to %s; then the destination is told',
    async (behaviour) => {
      await fill('a', 'b');
      const deadLetters = await connect({ MaximumRetryAttempts: 1 });
      for (const _ of [1, 2]) {
        const { keys, tell } = await nextBatch();
        expect(keys).toBe('ab');
        tell(behaviour);
      }
      expect(await nextDeadLetter(deadLetters)).toEqual({
        requestContext: {
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          functionArn: FUNCTION_ARN,
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 2,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        DDBStreamBatchInfo: {
          shardId: expect.any(String),
          startSequenceNumber: '1',
          endSequenceNumber: '2',
          approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          batchSize: 2,
          streamArn: expect.stringContaining(`table/${TableName}/stream/`),
        },
      });
      expect(complaints.split('\n')).toEqual([
        expect.stringMatching(new RegExp(`^${FUNCTION_ARN}: FunctionError: `)),
        expect.stringMatching(new RegExp(`^${FUNCTION_ARN}: FunctionError: `)),
        expect.stringMatching(new RegExp(`^${FUNCTION_ARN}: it is not given 2 records of .* again$`)),
        '',
      ]);
      await put('c');
      expect((await nextBatch()).keys).toBe('c');
    },
  );

  it('is given up when it is too old to come again, and the destination is told', async () => {
    await fill('a');
    const deadLetters = await connect({ MaximumRecordAgeInSeconds: 0 });
    (await nextBatch()).tell('throw');
    expect(await nextDeadLetter(deadLetters)).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 1 },
    });
    await put('b');
    expect((await nextBatch()).keys).toBe('b');
  });

  it('is halved until the change that fails is alone, when the mapping says so', async () => {
    await fill('a', 'b', 'c', 'd');
    const deadLetters = await connect({ MaximumRetryAttempts: 0, BisectBatchOnFunctionError: true });
    const batches: string[] = [];
    for (let done = ''; done !== 'd'; ) {
      const { keys, tell } = await nextBatch();
      batches.push(keys);
      tell(keys.includes('c') ? 'throw' : 'return');
      done = keys;
    }
    expect(batches).toEqual(['abcd', 'ab', 'cd', 'c', 'd']);
    expect(await nextDeadLetter(deadLetters)).toMatchObject({
      DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: '3' },
    });
  });
});

describe('a stream', () => {
  it('is left alone when the run ends, and its function ends without a word', async () => {
    await fill('a');
    await connect();
    const { pid, tell } = await told.next();
    tell('hang');
    await shutdown.end();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(complaints).toBe('');
  });

  it('that the engine does not know is warned of in one line', async () => {
    const dynalite = createRequire(import.meta.url).resolve('dynalite/cli.js');
    const flags = ['--host', '127.0.0.1', '--createTableMs', '0', '--port'];
    const program = {
      name: 'dynalite',
      commandLine: (port: number) => [process.execPath, dynalite, ...flags, `${port}`],
    };
    const { endpoint } = await startDynamodbEngine(program, undefined, shutdown);
    await createTables(dynamodbClient(endpoint), readTables([stackWith({})]), fail);
    const warn = vi.fn();
    await connect({}, undefined, endpoint, warn);
    expect(warn.mock.calls).toEqual([
      [`this DynamoDB engine knows no streams: ${FUNCTION_ARN} is not told of changes of ${TableName}`],
    ]);
  });

  it.each<[string, object, object | undefined, string]>([
    [
      'a destination elsewhere',
      { DestinationConfig: { OnFailure: { Destination: 'arn:x' } } },
      undefined,
      'no queue arn:x',
    ],
    ['a table without a stream', {}, {}, 'no stream arn:aws:dynamodb'],
    [
      'a table elsewhere',
      { EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/other/stream/a' },
      undefined,
      'no stream arn:aws:dynamodb:us-east-1:000000000000:table/other/stream/a',
    ],
  ])('is refused with %s', async (_what, mapping, streamed, message) => {
    const connecting = connect(mapping, streamed);
    await expect(connecting).rejects.toThrow(StartupError);
    await expect(connecting).rejects.toThrow(`the synthesized template has ${message}`);
  });
});
