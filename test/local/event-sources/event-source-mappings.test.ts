import { describe, expect, it } from 'vitest';
import { readEventSourceMappings } from '../../../local/event-sources/event-source-mappings.ts';
import { queueResources, stackOf } from '../queues/queue-stack.ts';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:S-Function';

function mappingsOf(properties: object) {
  const Properties = {
    EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
    FunctionName: { Ref: 'Function' },
    ...properties,
  };
  const resources = {
    ...queueResources(),
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} },
    Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties },
  };
  return readEventSourceMappings([stackOf(resources)]);
}

describe('an event source mapping of a queue', () => {
  it('has what the template gives it', () => {
    const { queues } = mappingsOf({
      FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
      BatchSize: 5,
      MaximumBatchingWindowInSeconds: 2,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(queues).toEqual([
      {
        queueArn: 'arn:aws:sqs:us-east-1:000000000000:S-Queue',
        functionArn: FUNCTION_ARN,
        batchSize: 5,
        batchingWindowSeconds: 2,
        reportsFailures: true,
        mostConcurrent: 2,
      },
    ]);
  });

  it('has Lambda’s defaults for what the template leaves out', () => {
    expect(mappingsOf({}).queues).toEqual([
      {
        queueArn: 'arn:aws:sqs:us-east-1:000000000000:S-Queue',
        functionArn: FUNCTION_ARN,
        batchSize: 10,
        batchingWindowSeconds: 0,
        reportsFailures: false,
        mostConcurrent: 5,
      },
    ]);
  });

  it('that is not enabled is left out', () => {
    expect(mappingsOf({ Enabled: false }).queues).toEqual([]);
  });

  it.each([
    [
      'another event source',
      { EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/a' },
      'EventSourceArn: the local run knows queues and streams of tables only, and not arn:aws:kinesis:us-east-1:000000000000:stream/a',
    ],
    [
      'a property that is not known',
      { FilterCriteria: {} },
      'FilterCriteria: the local run does not know this property',
    ],
    ['another response type', { FunctionResponseTypes: ['Other'] }, 'FunctionResponseTypes.0: '],
    ['no room in a batch', { BatchSize: 0 }, 'BatchSize: '],
  ])('is refused with %s, and says where', (_what, properties, message) => {
    expect(() => mappingsOf(properties)).toThrow(`S: Resources.Mapping.Properties.${message}`);
  });
});

describe('an event source mapping of the stream of a table', () => {
  const stream = { EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, StartingPosition: 'LATEST' };

  it('has what the template gives it', () => {
    const { streams } = mappingsOf({
      ...stream,
      BatchSize: 5,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumBatchingWindowInSeconds: 1,
      MaximumRecordAgeInSeconds: 60,
      MaximumRetryAttempts: 3,
      StartingPosition: 'TRIM_HORIZON',
      Tags: [],
    });
    expect(streams).toEqual([
      {
        streamArn: expect.stringMatching(/^arn:aws:dynamodb:us-east-1:000000000000:table\/S-Table\/stream\/./),
        tableName: 'S-Table',
        functionArn: FUNCTION_ARN,
        startingPosition: 'TRIM_HORIZON',
        batchSize: 5,
        batchingWindowSeconds: 1,
        reportsFailures: true,
        mostRetries: 3,
        mostAgeSeconds: 60,
        bisects: true,
        onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:S-DeadLetters',
        isWanted: expect.any(Function),
      },
    ]);
    expect(['INSERT', 'MODIFY'].map((eventName) => streams[0]?.isWanted({ eventName }))).toEqual([true, false]);
  });

  it('has Lambda’s defaults for what the template leaves out', () => {
    const { streams, queues } = mappingsOf(stream);
    expect(queues).toEqual([]);
    expect(streams).toMatchObject([
      { batchSize: 100, batchingWindowSeconds: 0, reportsFailures: false, mostRetries: Infinity, bisects: false },
    ]);
    expect(streams[0]).toMatchObject({ onFailureArn: undefined, mostAgeSeconds: Infinity });
    expect(streams[0]?.isWanted({})).toBe(true);
  });

  it.each([
    ['no starting position', { StartingPosition: undefined }, 'StartingPosition: '],
    ['another starting position', { StartingPosition: 'AT_TIMESTAMP' }, 'StartingPosition: '],
    [
      'a property that is not known',
      { TumblingWindowInSeconds: 2 },
      'TumblingWindowInSeconds: the local run does not know this property',
    ],
    [
      'a filter that is not known',
      { FilterCriteria: { Filters: [{ Pattern: '{"eventName":[{"suffix":"T"}]}' }] } },
      'FilterCriteria.Filters.0.eventName: the local run knows lists of texts, { "prefix": text } and { "exists": boolean } only',
    ],
    ['a filter that is not JSON', { FilterCriteria: { Filters: [{ Pattern: '{' }] } }, 'FilterCriteria.Filters.0: not'],
  ])('is refused with %s, and says where', (_what, properties, message) => {
    expect(() => mappingsOf({ ...stream, ...properties })).toThrow(`S: Resources.Mapping.Properties.${message}`);
  });
});
