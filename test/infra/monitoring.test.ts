import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { END_SESSIONS } from '../../infra/constructs/session-grants.ts';
import type { LogoutReceiver } from '../../infra/logout-receiver.ts';
import { SAVED_QUERIES } from '../../infra/monitoring/saved-queries.ts';
import { fieldsOfQuery } from '../functions/query-fields.ts';
import { newApp, type ReceiverStacks, receiverStacks } from './receiver-stacks.ts';

const projectFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const SERVICE = 'prod-logout-receiver';

const MetricStat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  }),
  Period: z.number(),
  Stat: z.string(),
});
const Alarm = z.looseObject({
  AlarmDescription: z.string(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  TreatMissingData: z.string(),
  Namespace: z.optional(z.string()),
  MetricName: z.optional(z.string()),
  Dimensions: z.optional(z.array(z.object({ Name: z.string(), Value: z.unknown() }))),
  Period: z.optional(z.number()),
  Statistic: z.optional(z.string()),
  Metrics: z.optional(
    z.array(z.looseObject({ Expression: z.optional(z.string()), MetricStat: z.optional(MetricStat) })),
  ),
});
type Alarm = z.infer<typeof Alarm>;

let stack: Stack;
/** With everything turned off. */
let plain: ReceiverStacks;
let receiver: LogoutReceiver;
let template: Template;
/** With everything turned on. */
let alarms: ReadonlyMap<string, Alarm>;

beforeAll(() => {
  ({ stack, receiver } = receiverStacks({
    ...{ stage: 'prod', sessionEndedEvents: true, frontchannelLogout: true, noLogoutAlarm: Duration.days(3) },
    relyingPartiesInAppConfig: true,
  }));
  template = Template.fromStack(stack);
  alarms = alarmsIn(stack, receiver, template);
  plain = receiverStacks({ dashboard: false });
});

function alarmsIn(of: Stack, { alarms: made }: LogoutReceiver, from: Template): ReadonlyMap<string, Alarm> {
  const resources = from.findResources('AWS::CloudWatch::Alarm');
  return new Map(
    Object.entries(made).map(([id, { node }]) => {
      const logicalId =
        node.defaultChild && 'logicalId' in node.defaultChild ? of.resolve(node.defaultChild.logicalId) : '';
      return [id, Alarm.parse(resources[logicalId]?.Properties)];
    }),
  );
}

/** What an alarm is about, in short. */
function summary(alarm: Alarm | undefined) {
  const [of = ''] = Array.from(alarm?.AlarmDescription.matchAll(/#(.*)/g) ?? [], ([, section]) => section);
  const { EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold, TreatMissingData } = alarm ?? {};
  return { of, EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold, TreatMissingData };
}

describe('the alarms', () => {
  it('are all of the stack, each described by what a user notices and the section of the runbook that is for it', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', alarms.size);
    for (const [id, { AlarmDescription }] of alarms) {
      const section = `alarm${id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      expect(AlarmDescription).toMatch(new RegExp(`^[A-Z].{60,}\\. See docs/runbook\\.md#${section}$`));
      // CloudWatch's limit.
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  it('are those of the table in docs/monitoring.md, with its metrics', () => {
    const text = readFileSync(projectFile('docs/monitoring.md'), 'utf8');
    const rows = new Map(
      Array.from(text.matchAll(/^\| `(\w+)`[^|]*\| ([^|]*)\|/gm), ([, id = '', metric = '']) => [id, metric]),
    );
    expect([...rows.keys()].sort()).toEqual([...alarms.keys()].sort());
    for (const [id, alarm] of alarms) {
      for (const name of metricsOf(alarm).map(({ MetricName }) => MetricName)) {
        expect(rows.get(id)).toContain(`\`${name}\``);
      }
    }
  });

  it('ring for errors and throttles of every function, those of options too', () => {
    const names = Object.keys(template.findResources('AWS::Lambda::Function'));
    expect(names).toHaveLength(7);
    for (const MetricName of ['Errors', 'Throttles']) {
      const watched = [...alarms.values()].filter((alarm) => alarm.MetricName === MetricName);
      expect(watched.map(({ Dimensions }) => Dimensions)).toEqual(
        expect.arrayContaining(names.map((Ref) => [{ Name: 'FunctionName', Value: { Ref } }])),
      );
      expect(watched).toHaveLength(names.length);
    }
  });

  it('ring for something in each queue of what was given up', () => {
    const queues = Object.entries(template.findResources('AWS::SQS::Queue')).filter(
      ([, { Properties }]) => Properties.RedrivePolicy === undefined,
    );
    expect(queues).toHaveLength(4);
    const held = [...alarms.values()].filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible');
    expect(held.map(({ Dimensions }) => Dimensions)).toEqual(
      expect.arrayContaining(queues.map(([id]) => [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }])),
    );
    for (const alarm of held) {
      // The metric of a queue that nobody touches ends, and what is in it does not.
      expect(alarm).toMatchObject({ Threshold: 1, Statistic: 'Maximum', TreatMissingData: 'ignore' });
    }
  });

  it('ring where nothing takes from a queue that a function is fed from', () => {
    const aged = [...alarms.values()].filter(({ MetricName }) => MetricName === 'ApproximateAgeOfOldestMessage');
    const queues = Object.entries(template.findResources('AWS::SQS::Queue')).filter(
      ([, { Properties }]) => Properties.RedrivePolicy !== undefined,
    );
    expect(aged.map(({ Dimensions }) => Dimensions)).toEqual(
      queues.map(([id]) => [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }]),
    );
  });

  it.each<[id: string, metric: string, expected: object]>([
    ['LogoutsFailed', 'LogoutFailed', { Period: 60, Statistic: 'Sum', Threshold: 1 }],
    ['LogoutsNotKept', 'LogoutNotKept', { Period: 60, Statistic: 'Sum', Threshold: 1 }],
    ['FrontchannelLogoutsFailed', 'FrontchannelLogoutFailed', { Period: 60, Statistic: 'Sum', Threshold: 1 }],
    ['InterruptedLogoutsNotKept', 'InterruptedLogoutNotKept', { Period: 60, Statistic: 'Sum', Threshold: 1 }],
    ['ApiThrottles', 'RequestsThrottled', { Period: 300, Statistic: 'Sum', Threshold: 1 }],
    ['DeferredLogoutsOld', 'DeferredLogoutAge', { Period: 5400, Statistic: 'Maximum', Threshold: 900 }],
    ['UnverifiedLogoutsOld', 'UnverifiedLogoutAge', { Period: 5400, Statistic: 'Maximum', Threshold: 900 }],
    [
      'OldKeys',
      'JwksAgeInIntervals',
      { Period: 600, Statistic: 'Maximum', Threshold: 2, ComparisonOperator: 'GreaterThanThreshold' },
    ],
    [
      'RefreshSilent',
      'JwksAgeInIntervals',
      {
        ...{ Period: 900, Statistic: 'SampleCount', Threshold: 1 },
        ...{ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
      },
    ],
    [
      'NoLogouts',
      'LogoutAccepted',
      {
        ...{ Period: 86_400, EvaluationPeriods: 3, DatapointsToAlarm: 3, Statistic: 'Sum', Threshold: 1 },
        ...{ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
      },
    ],
  ])('%s is about all of %s, and of the receiver’s own stage', (id, MetricName, expected) => {
    expect(alarms.get(id)).toMatchObject({
      ...{ ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching' },
      ...{ EvaluationPeriods: 1, DatapointsToAlarm: 1, Namespace: 'LogoutReceiver', MetricName },
      Dimensions: [{ Name: 'service', Value: SERVICE }],
      ...expected,
    });
  });

  it('ring for a surge of wrong signatures, and not for one, which anybody can send', () => {
    expect(alarms.get('SignatureRefusals')).toMatchObject({
      ...{ MetricName: 'LogoutRejected', Statistic: 'Sum', Period: 3600, Threshold: 10 },
      Dimensions: [
        { Name: 'Reason', Value: 'signature_invalid' },
        { Name: 'service', Value: SERVICE },
      ],
    });
  });

  it('ring where the stream is read late by either of its readers', () => {
    for (const id of ['InterruptedLogoutStreamBehind', 'SessionEndedStreamBehind']) {
      expect(alarms.get(id)).toMatchObject({
        ...{ MetricName: 'IteratorAge', Statistic: 'Maximum', Period: 300, Threshold: 600_000 },
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: expect.stringContaining('Function') } }],
      });
    }
  });

  it.each([
    ['SessionsTable', END_SESSIONS.length + 1],
    ['JwksCacheTable', 2],
  ])('ring where DynamoDB throttles or fails at the %s, whichever operation has no data', (table, operations) => {
    const throttles = alarms.get(`${table}Throttles`);
    const errors = alarms.get(`${table}SystemErrors`);
    expect(metricsOf(throttles).map(({ MetricName }) => MetricName)).toEqual([
      'ReadThrottleEvents',
      'WriteThrottleEvents',
    ]);
    expect(metricsOf(errors).map(({ MetricName }) => MetricName)).toEqual(Array(operations).fill('SystemErrors'));
    for (const { Dimensions } of metricsOf(errors)) {
      expect(Dimensions.map(({ Name }) => Name)).toEqual(['Operation', 'TableName']);
    }
    for (const alarm of [throttles, errors]) {
      const [{ Expression = '' } = {}] = alarm?.Metrics ?? [];
      expect(Expression).toMatch(/^SUM\(\[FILL\(\w+, 0\)(, FILL\(\w+, 0\))+\]\)$/);
      expect(summary(alarm)).toMatchObject({ EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 1 });
    }
  });

  it('leave out what is not deployed', () => {
    const ids = Object.keys(plain.receiver.alarms);
    const options = ['FrontchannelLogout', 'SessionEnded', 'EventsGivenUp', 'NoLogouts', 'RelyingParties'];
    expect([...alarms.keys()].filter((id) => !ids.includes(id))).toEqual(
      [...alarms.keys()].filter((id) => options.some((option) => id.startsWith(option))),
    );
  });

  it.each([0.5, 8])('cannot wait for a logout for %d days', (days) => {
    expect(() => receiverStacks({ noLogoutAlarm: Duration.hours(days * 24) })).toThrow(
      `noLogoutAlarm: found ${days} days, allowed: whole days, 1 to 7`,
    );
  });
});

function metricsOf(alarm: Alarm | undefined) {
  const { Namespace, MetricName, Dimensions = [], Metrics = [] } = alarm ?? {};
  const math = Metrics.flatMap(({ MetricStat: stat }) => (stat ? [stat.Metric] : []));
  return Namespace !== undefined && MetricName !== undefined ? [{ Namespace, MetricName, Dimensions }] : math;
}

describe('every metric that is looked at is written', () => {
  const sources = readdirSync(projectFile('functions'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(projectFile(`functions/${name}`), 'utf8'))
    .join('\n');
  const namesIn = (call: RegExp) => Array.from(sources.matchAll(call), ([, name = '']) => name);
  const byReason = namesIn(/\bcountByReason\('(\w+)'/g);
  const written = new Set([
    ...byReason,
    ...namesIn(/\b(?:addMetric|publishMetric|count)\(\s*(?:[^'()]*\? )?'(\w+)'/g),
    'RequestsThrottled',
  ]);

  /** Names of our metrics in the dashboard, those of searches too. */
  function dashboardMetrics(): { readonly name: string; readonly hasReason: boolean }[] {
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body = dashboard?.Properties.DashboardBody['Fn::Join'][1]
      .map((part: unknown) => (typeof part === 'string' ? part : 'X'))
      .join('');
    expect(JSON.parse(body)).toBeDefined();
    const plain = Array.from(
      body.matchAll(/\["LogoutReceiver","(\w+)","service","([\w-]+)",\{/g),
      ([, name, service]) => {
        expect(service).toBe(SERVICE);
        return { name: String(name), hasReason: false };
      },
    );
    const searches = Array.from(
      body.matchAll(/SEARCH\('\{LogoutReceiver,service,Reason\} MetricName=\\"(\w+)\\" service=\\"([\w-]+)\\"'/g),
      ([, name, service]) => {
        expect(service).toBe(SERVICE);
        return { name: String(name), hasReason: true };
      },
    );
    return [...plain, ...searches];
  }

  it('by the functions, or by the filter of the access log', () => {
    const inAlarms = [...alarms.values()]
      .flatMap(metricsOf)
      .flatMap(({ Namespace, MetricName, Dimensions }) =>
        Namespace === 'LogoutReceiver'
          ? [{ name: MetricName, hasReason: Dimensions.some(({ Name }) => Name === 'Reason') }]
          : [],
      );
    const looked = [...inAlarms, ...dashboardMetrics()];
    expect(looked.length).toBeGreaterThan(30);
    expect(looked.map(({ name }) => name).filter((name) => !written.has(name))).toEqual([]);
    const reasoned = looked.filter(({ hasReason }) => hasReason).map(({ name }) => name);
    expect(reasoned.filter((name) => !byReason.includes(name))).toEqual([]);
  });

  it('and every one that is written stands in docs/operating.md', () => {
    const text = readFileSync(projectFile('docs/operating.md'), 'utf8');
    expect([...written].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('the filter of the access log counts what the API throttled, by the receiver’s service', () => {
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ $.status = "429" }',
      MetricTransformations: [
        {
          ...{ MetricNamespace: 'LogoutReceiver', MetricName: 'RequestsThrottled', MetricValue: '1' },
          Dimensions: [{ Key: 'service', Value: '$.service' }],
        },
      ],
    });
    expect(accessLogFormat()).toMatchObject({ service: SERVICE, status: '$context.status' });
  });

  it('members of the construct are those metrics, for one reason or for all', () => {
    const config = (metric: { toMetricConfig(): { metricStat?: unknown } }) => metric.toMetricConfig().metricStat;
    const dimension = (name: string, value: string) => ({ name, value });
    expect(config(receiver.metricFailed('store_unavailable'))).toMatchObject({
      metricName: 'LogoutFailed',
      dimensions: [dimension('Reason', 'store_unavailable'), dimension('service', SERVICE)],
    });
    const all = [
      ...[receiver.metricFailed(), receiver.metricRejected(), receiver.metricDeferred(), receiver.metricAccepted()],
      ...[receiver.metricSessionsEnded(), receiver.metricDuration()],
    ].map(config);
    expect(all).toMatchObject(
      ['LogoutFailed', 'LogoutRejected', 'LogoutDeferred', 'LogoutAccepted', 'SessionsEnded', 'LogoutDuration'].map(
        (metricName) => ({ metricName, dimensions: [dimension('service', SERVICE)] }),
      ),
    );
    expect(config(receiver.metricDuration())).toMatchObject({ statistic: 'p99' });
  });
});

function accessLogFormat(): unknown {
  const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
  return JSON.parse(stage?.Properties.AccessLogSettings.Format);
}

describe('the dashboard', () => {
  it('is there unless it is turned off, under a name that CloudFormation chooses, which an output tells', () => {
    const [[id, { Properties }] = ['', { Properties: {} }]] = Object.entries(
      template.findResources('AWS::CloudWatch::Dashboard'),
    );
    expect(Object.keys(Properties)).toEqual(['DashboardBody']);
    template.hasOutput('DashboardName', { Value: { Ref: id } });
    const without = plain.template();
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(without.findOutputs('DashboardName')).toEqual({});
  });
});

describe('the saved queries', () => {
  it('are in a folder of the receiver’s own, and ask the logs of all functions, or that of the API', () => {
    const queries = Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(
      ({ Properties }) => Properties,
    );
    expect(queries.map(({ Name }) => Name)).toEqual(SAVED_QUERIES.map(({ name }) => `${SERVICE}/${name}`));
    const functionLogs = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.LoggingConfig.LogGroup,
    );
    for (const [index, { LogGroupNames }] of queries.entries()) {
      expect(new Set(LogGroupNames.map(JSON.stringify))).toEqual(
        new Set(
          SAVED_QUERIES[index]?.log === 'functions'
            ? functionLogs.map((group) => JSON.stringify(group))
            : [expect.stringContaining('AccessLog')],
        ),
      );
    }
  });

  it('ask the API’s log for fields that it has; test/functions holds the others to what functions write', () => {
    expect(
      fieldsOfQuery('ApiQuery').filter((field) => !Object.keys(Object(accessLogFormat())).includes(field)),
    ).toEqual([]);
    expect(fieldsOfQuery('ApiQuery')).toContain('sourceIp');
  });
});

describe('a topic', () => {
  const allowed = (Action: unknown) => ({
    ...{ Action, Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } },
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  });

  it('with a customer-managed key hears of every alarm, and when it is over: CloudWatch may use topic and key', () => {
    const app = newApp();
    const topics = new Stack(app, 'Topics');
    const masterKey = new Key(topics, 'Key');
    const told = receiverStacks({ alarmTopic: new Topic(topics, 'Topic', { masterKey, enforceSSL: true }) }, app);
    const made = Object.values(told.template().findResources('AWS::CloudWatch::Alarm'));
    expect(made.length).toBeGreaterThan(25);
    for (const { Properties } of made) {
      expect(Properties.AlarmActions).toHaveLength(1);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
    const policies = Template.fromStack(topics);
    policies.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([{ ...allowed(['kms:Decrypt', 'kms:GenerateDataKey*']), Resource: '*' }]),
      },
    });
    policies.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(allowed('sns:Publish'))]) },
    });
    Annotations.fromStack(told.stack).hasNoWarning('*', Match.anyValue());
  });

  it('whose key is made elsewhere is warned of, since its policy cannot be changed', () => {
    const app = newApp();
    const topics = new Stack(app, 'Topics');
    const alarmTopic = Topic.fromTopicAttributes(topics, 'Topic', {
      topicArn: 'arn:aws:sns:eu-west-1:123456789012:operators',
      keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012',
    });
    const { stack: of } = receiverStacks({ alarmTopic }, app);
    const said = Annotations.fromStack(of).findWarning('*', Match.anyValue());
    expect(said.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(/kms:Decrypt and kms:GenerateDataKey\* .*logout-receiver:alarmTopicKey/),
    ]);
  });

  it('that is not given leaves alarms without actions, which is warned of once', () => {
    expect([...alarms.values()].flatMap((alarm) => alarm.AlarmActions ?? [])).toEqual([]);
    const said = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('alarmTopic'));
    expect(said.map(({ entry }) => entry.data)).toEqual([
      expect.stringMatching(/nobody is told .*logout-receiver:alarmTopic/),
    ]);
  });
});
