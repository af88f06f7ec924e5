import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { freshSecondsOf } from '../../receiver/jwks/freshness.ts';
import { temporaryDirectory } from '../local/functions/bundle.ts';
import { privateCa } from '../private-ca.ts';
import { type ReceiverStacks, receiverStacks } from './receiver-stacks.ts';

const projectFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
let stacks: ReceiverStacks;
let sessions: Template;
let receiver: Template;

beforeAll(() => {
  stacks = receiverStacks();
  sessions = Template.fromStack(stacks.sessionsStack);
  receiver = stacks.template();
});

const Table = z.looseObject({ Replicas: z.array(z.looseObject({})) });

/** The only one. */
function tableOf(template: Template) {
  const [table, ...others] = Object.values(template.findResources('AWS::DynamoDB::GlobalTable'));
  expect(others).toEqual([]);
  return z.looseObject({ DeletionPolicy: z.string(), Properties: Table }).parse(table);
}

function statementsOf(template: Template) {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('the tables', () => {
  it.each([
    ['sessions', () => sessions, { pk: 'HASH', sk: 'RANGE' }],
    ['JWKS cache', () => receiver, { pk: 'HASH' }],
  ])('%s: on demand, encrypted and expiring', (_name, template, keys) => {
    expect(tableOf(template())).toMatchObject({
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: Object.entries(keys).map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
    expect(tableOf(template()).Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  });

  it('of sessions is recoverable, and stays whatever happens to its stack, unless its first creation fails', () => {
    const recoverable = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
    expect(tableOf(sessions)).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: { Replicas: [{ DeletionProtectionEnabled: true, ...recoverable }] },
    });
  });

  it('of keys is a cache and goes with its stack', () => {
    expect(tableOf(receiver).DeletionPolicy).toBe('Delete');
    expect(tableOf(receiver).Properties.Replicas[0]).not.toHaveProperty('DeletionProtectionEnabled');
  });

  it('have no names of their own, so that nothing collides', () => {
    const tables = [sessions, receiver].flatMap((template) =>
      Object.values(template.findResources('AWS::DynamoDB::GlobalTable')),
    );
    expect(tables.map(({ Properties }) => Object.keys(Properties))).not.toContainEqual(
      expect.arrayContaining(['TableName']),
    );
  });
});

describe('the functions', () => {
  it('run Node 24 on arm64, the one that OPs wait for within a time that they wait', () => {
    const functions = Object.values(receiver.findResources('AWS::Lambda::Function'));
    expect(functions.map(({ Properties }) => Properties.Timeout)).toEqual([10, 60, 45, 60]);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 512,
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
    }
  });

  it('may do exactly what they do, on exactly their tables, queues and logs', () => {
    const all = [
      ...['BatchWriteItem', 'GetItem', 'Query', 'UpdateItem'].map((action) => `dynamodb:${action}`),
      ...['kms:Decrypt', 'kms:GenerateDataKey'],
      ...['logs:CreateLogStream', 'logs:PutLogEvents'],
      'sqs:SendMessage',
    ];
    // Two of them twice, in the sessions table and in the JWKS cache table.
    const logout = [...all, 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'];
    const queue = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'];
    const stream = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    const policies = Object.values(receiver.findResources('AWS::IAM::Policy'));
    const actions = policies.map(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string[] }) => Action).sort(),
    );
    expect(actions).toEqual(
      [
        logout,
        [...logout, ...queue.map((action) => `sqs:${action}`)],
        ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        ['lambda:InvokeFunction'],
        // It puts into two queues.
        [
          ...[...all, 'sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
          ...stream.map((action) => `dynamodb:${action}`),
        ],
      ].map((expected) => expected.sort()),
    );
    for (const { Effect, Resource } of statementsOf(receiver)) {
      expect(Effect).toBe('Allow');
      expect(JSON.stringify(Resource)).not.toContain('*');
    }
    expect(JSON.stringify(receiver.findResources('AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
  });

  it('trust extra CAs where they fetch keys, and nowhere else', () => {
    const extraCaFile = join(temporaryDirectory(), 'ca.pem');
    writeFileSync(extraCaFile, privateCa.ca);
    const functions = Object.values(receiverStacks({ extraCaFile }).template().findResources('AWS::Lambda::Function'));
    const trusting = functions.filter(
      ({ Properties }) => Properties.Environment.Variables.NODE_EXTRA_CA_CERTS === '/var/task/extra-ca.pem',
    );
    expect(trusting.map(({ Properties }) => Properties.Description)).toEqual([
      expect.stringMatching(/^Receives/),
      expect.stringMatching(/^Finishes the logouts that could not be completed/),
      expect.stringMatching(/^Fetches the keys/),
    ]);
    expect(JSON.stringify(receiver.toJSON())).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  it('may read the secrets that its relying parties name, and no other', () => {
    const named = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys/shop-a1B2c3';
    const template = receiverStacks({
      relyingParties: [
        {
          ...{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['HS256'] },
          ...{ clientSecret: { secretId: 'clients/shop' }, decryptionKeys: { secretId: named } },
        },
      ],
    }).template();
    const grants = statementsOf(template).filter(({ Action }) => String(Action).startsWith('secrets'));
    expect(grants).toHaveLength(2);
    expect(grants).toEqual(
      grants.map(() => ({
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: [
          named,
          {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                ':secretsmanager:',
                { Ref: 'AWS::Region' },
                ':',
                { Ref: 'AWS::AccountId' },
                ':secret:clients/shop-??????',
              ],
            ],
          },
        ],
      })),
    );
  });

  it('and the API write logs that do not grow for ever', () => {
    const groups = Object.values(receiver.findResources('AWS::Logs::LogGroup'));
    expect(groups.map(({ Properties }) => Properties.RetentionInDays)).toEqual([90, 90, 90, 90, 90]);
  });
});

describe('the queues of deferred logouts', () => {
  it('and their dead-letter queues keep tokens for two weeks, encrypted with a key that is rotated', () => {
    const queues = Object.entries(receiver.findResources('AWS::SQS::Queue')).filter(([id]) =>
      id.startsWith('Deferred'),
    );
    expect(queues).toHaveLength(4);
    for (const [, { Properties }] of queues) {
      expect(Properties).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, KmsMasterKeyId: expect.anything() });
    }
    receiver.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(Object.keys(receiver.findResources('AWS::SQS::QueuePolicy'))).toHaveLength(5);
  });

  it('try for a day, hide a message for six times as long as the function may run, and then give it up', () => {
    const queues = Object.values(receiver.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties);
    const consumed = queues.filter(({ RedrivePolicy }) => RedrivePolicy);
    const redrive = { maxReceiveCount: 30, deadLetterTargetArn: expect.anything() };
    expect(consumed).toMatchObject([
      { VisibilityTimeout: 360, RedrivePolicy: redrive },
      { VisibilityTimeout: 360, RedrivePolicy: redrive },
    ]);
    const deadLetterQueues = consumed.map(({ RedrivePolicy }) => JSON.stringify(RedrivePolicy.deadLetterTargetArn));
    expect(new Set(deadLetterQueues).size).toBe(2);
  });

  it('feed the function, which tells which messages of a batch have failed', () => {
    const mappings = Object.values(receiver.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings.map(({ Properties }) => Properties)).toMatchObject([
      { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] },
      { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] },
      {
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":["JTI"]}}}}' }] },
      },
    ]);
    sessions.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  it('ring when a logout was given up, verified or not, and when one could not even be kept', () => {
    const alarms = Object.values(receiver.findResources('AWS::CloudWatch::Alarm')).slice(0, 3);
    expect(alarms.map(({ Properties }) => Properties)).toMatchObject([
      { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 },
      { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 },
      {
        Namespace: 'LogoutReceiver',
        MetricName: 'LogoutNotKept',
        Dimensions: [{ Name: 'service', Value: 'logout-receiver' }],
        Statistic: 'Sum',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      },
    ]);
  });
});

describe('a logout that was begun and cannot be finished', () => {
  it('is tried for six hours, one by one in the end, and then given up while the stream still has it', () => {
    const mapping = Object.values(receiver.findResources('AWS::Lambda::EventSourceMapping')).at(-1);
    const [queue] = Object.keys(receiver.findResources('AWS::SQS::Queue')).filter((id) => id.startsWith('Interrupted'));
    expect(mapping?.Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 6 * 3600,
      MaximumRetryAttempts: 10_000,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    receiver.hasOutput('InterruptedLogoutsGivenUpQueueUrl', { Value: { Ref: queue } });
  });

  it('rings when it cannot even be kept, and when it was given up', () => {
    const alarms = Object.entries(receiver.findResources('AWS::CloudWatch::Alarm'));
    const own = alarms.flatMap(([id, { Properties }]) => (id.startsWith('InterruptedLogout') ? [Properties] : []));
    expect(own).toMatchObject([
      {
        ...{ Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 },
        Dimensions: [
          { Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^Interrupted/), 'QueueName'] } },
        ],
      },
      {
        ...{ Namespace: 'LogoutReceiver', MetricName: 'InterruptedLogoutNotKept', Statistic: 'Sum', Threshold: 1 },
        Dimensions: [{ Name: 'service', Value: 'logout-receiver' }],
        TreatMissingData: 'notBreaching',
      },
    ]);
  });
});

describe('the refresh of keys', () => {
  const properties = (type: string) => Object.values(receiver.findResources(type)).map(({ Properties }) => Properties);

  it('runs so often that keys which are fresh for nine minutes never have to be fetched by a request', () => {
    const [schedule] = properties('AWS::Scheduler::Schedule');
    expect(schedule).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1 },
      State: 'ENABLED',
    });
    const ahead = properties('AWS::Lambda::Function').map(
      ({ Environment }) => Environment.Variables.JWKS_REFRESH_AHEAD_SECONDS,
    );
    expect(ahead.filter(Boolean)).toEqual(['420']);
    expect(Number(ahead.find(Boolean))).toBeLessThan(0.9 * freshSecondsOf({}));
  });

  it('is run by a scheduler of this account, that may invoke its function and nothing else', () => {
    const [role] = properties('AWS::IAM::Role').filter(({ AssumeRolePolicyDocument }) =>
      JSON.stringify(AssumeRolePolicyDocument).includes('scheduler.amazonaws.com'),
    );
    expect(role?.AssumeRolePolicyDocument.Statement).toMatchObject([
      { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } },
    ]);
    const invocations = statementsOf(receiver).filter(({ Action }) => Action === 'lambda:InvokeFunction');
    expect(invocations).toMatchObject([{ Resource: { 'Fn::GetAtt': [expect.stringMatching(/^JwksRefresh/), 'Arn'] } }]);
  });

  it('rings when keys are twice as old as they should get, and when it falls silent', () => {
    expect(properties('AWS::CloudWatch::Alarm').slice(3, 5)).toMatchObject([
      {
        ...{ Namespace: 'LogoutReceiver', MetricName: 'JwksAgeInIntervals', Statistic: 'Maximum' },
        ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 2, TreatMissingData: 'notBreaching' },
        Dimensions: [{ Name: 'service', Value: 'logout-receiver' }],
      },
      {
        ...{ Namespace: 'LogoutReceiver', MetricName: 'JwksAgeInIntervals', Statistic: 'SampleCount', Period: 900 },
        ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' },
      },
    ]);
  });
});

describe('the API', () => {
  it('has one route, of any method, so that the function can answer 405', () => {
    receiver.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'ANY /backchannel-logout' });
    expect(Object.keys(receiver.findResources('AWS::ApiGatewayV2::Route'))).toHaveLength(1);
    receiver.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' });
  });

  it('is throttled, and logs neither body nor query nor headers', () => {
    receiver.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
      AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp('body|query|header|path')) },
    });
    expect(Object.keys(receiver.findResources('AWS::ApiGatewayV2::Stage'))).toHaveLength(1);
  });
});

it('the outputs say what to register and which table to use', () => {
  expect(Object.keys(receiver.findOutputs('BackchannelLogoutUri'))).toHaveLength(1);
  expect(Object.keys(receiver.findOutputs('JwksCacheTableName'))).toHaveLength(1);
});

it('the CDK command line is of major version 2: the one tagged latest cannot read what the library writes', () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(projectFile('node_modules/aws-cdk/package.json'), 'utf8')));
  expect(version).toMatch(/^2\./);
});
