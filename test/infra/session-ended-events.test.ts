import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { receiverStacks } from './receiver-stacks.ts';

const templates = new Map<boolean | undefined, Template>();

function templateOf(sessionEndedEvents?: boolean): Template {
  const template =
    templates.get(sessionEndedEvents) ??
    receiverStacks({ ...(sessionEndedEvents !== undefined && { sessionEndedEvents }) }).template();
  templates.set(sessionEndedEvents, template);
  return template;
}

let template: Template;

beforeAll(() => {
  template = templateOf(true);
});

/** Logical ids of what only the template with events has. */
function additions(): string[] {
  const without = Object.keys(templateOf().toJSON().Resources);
  return Object.keys(template.toJSON().Resources).filter((id) => !without.includes(id));
}

describe('session-ended events', () => {
  it.each([undefined, false])('are off by default, and leave nothing in the template: %s', (sessionEndedEvents) => {
    expect(JSON.stringify(templateOf(sessionEndedEvents).toJSON())).not.toMatch(/SessionEnded|AWS::Events/);
  });

  it('add to the template, and change nothing of it', () => {
    expect(additions().every((id) => id.startsWith('SessionEndedEvents'))).toBe(true);
    const { Resources, Outputs } = templateOf().toJSON();
    expect(template.toJSON()).toMatchObject({ Resources, Outputs });
  });

  it('have a bus of their own, named by an output, and a queue of what was given up', () => {
    template.resourceCountIs('AWS::Events::EventBus', 1);
    template.resourceCountIs('AWS::Events::Rule', 0);
    const [bus] = Object.keys(template.findResources('AWS::Events::EventBus'));
    template.hasOutput('SessionEndedEventBusName', { Value: { Ref: bus } });
    expect(Object.keys(template.findOutputs('SessionEndedEventsGivenUpQueueUrl'))).toHaveLength(1);
  });

  it('are published by a function that may read the stream, put events on that bus, and nothing else', () => {
    const policies = template.findResources('AWS::IAM::Policy', {
      Properties: { PolicyName: Match.stringLikeRegexp('^SessionEndedEvents') },
    });
    const statements = Object.values(policies).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.flatMap(({ Action }: { Action: string[] }) => Action).sort()).toEqual([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:SendMessage',
    ]);
    const [bus] = Object.keys(template.findResources('AWS::Events::EventBus'));
    expect(statements).toContainEqual({
      Action: 'events:PutEvents',
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': [bus, 'Arn'] },
    });
    expect(JSON.stringify(statements.map(({ Resource }) => Resource))).not.toContain('*');
  });

  it('come of the ends of sessions alone, are tried for an hour, one by one in the end, and are then given up', () => {
    const mappings = Object.entries(template.findResources('AWS::Lambda::EventSourceMapping'));
    const [mapping] = mappings.flatMap(([id, { Properties }]) => (additions().includes(id) ? [Properties] : []));
    expect(mapping).toMatchObject({
      StartingPosition: 'LATEST',
      BatchSize: 100,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      FilterCriteria: {
        Filters: [
          {
            Pattern:
              '{"eventName":["MODIFY"],"dynamodb":{"Keys":{"sk":{"S":["SESSION"]}},"NewImage":{"endedAt":{"N":[{"exists":true}]}},"OldImage":{"endedAt":{"N":[{"exists":false}]}}}}',
          },
          {
            Pattern:
              '{"eventName":["REMOVE"],"dynamodb":{"Keys":{"sk":{"S":["SESSION"]}},"OldImage":{"endedAt":{"N":[{"exists":false}]}}}}',
          },
        ],
      },
    });
  });

  it('ring when some were given up', () => {
    const alarms = template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmDescription: Match.stringLikeRegexp('Session-ended events') },
    });
    const [queue] = additions().filter((id) => template.toJSON().Resources[id].Type === 'AWS::SQS::Queue');
    expect(Object.values(alarms).map(({ Properties }) => Properties)).toMatchObject([
      {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      },
    ]);
  });
});
