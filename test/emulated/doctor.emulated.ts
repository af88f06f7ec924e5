import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, UpdateContinuousBackupsCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { outputOf, readStack } from '../../cli/aws/deployed-stack.ts';
import { sqsClient } from '../../cli/aws/queues.ts';
import { sessionsTableName } from '../../cli/aws/sessions-table.ts';
import { claimSlot, settleFetched } from '../../receiver/jwks/jwks-cache-table.ts';
import { fetchJwks } from '../../receiver/jwks/jwks-fetch.ts';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { deploy } from './deployment.ts';
import { configuration, hasMoto, run, useMoto } from './moto.ts';

const Report = z.object({ findings: z.array(z.object({ code: z.string(), level: z.string(), text: z.string() })) });

describe.skipIf(!hasMoto)('doctor at AWS', () => {
  const moto = useMoto();
  const directory = mkdtempSync(join(tmpdir(), 'aws-doctor-'));
  const file = join(directory, 'relying-parties.json');
  let op: TestIssuer;
  let receiver: LocalRun;

  beforeAll(async () => {
    op = await startIssuer('RS256');
    const party = { issuer: op.issuer, clientId: 'shop', algorithms: ['RS256'] };
    writeFileSync(file, JSON.stringify({ relyingParties: [party] }));
    receiver = await startLocalRun([party]);
  });

  afterAll(async () => {
    await Promise.all([receiver.stop(), op.stop()]);
    rmSync(directory, { recursive: true });
  });

  /** What is wrong, by the codes of the findings. */
  async function wrong(): Promise<{ exitCode: number; codes: string[]; texts: string[] }> {
    const { exitCode, output } = await run('doctor', '--relying-parties', file, '--json');
    const findings = Report.parse(JSON.parse(output)).findings.filter(({ level }) => level !== 'good');
    return { exitCode, codes: findings.map(({ code }) => code), texts: findings.map(({ text }) => text) };
  }

  const output = async (name: string) => outputOf(await readStack(configuration, 'LogoutReceiver'), name);

  it('says that nothing is deployed, and looks at the rest', async () => {
    const { exitCode, texts } = await wrong();
    expect(exitCode).toBe(1);
    expect(texts).toEqual([
      'there is no stack LogoutReceiver in eu-west-1: see --stack, --region and --profile',
      'no URL is known: the endpoint is not looked at',
    ]);
  });

  describe('where it is deployed', () => {
    beforeAll(async () => {
      await deploy(receiver.endpoint);
    });

    it('finds what is left to do after a deployment: actions of alarms, and keys that were never fetched', async () => {
      const { exitCode, codes } = await wrong();
      expect([exitCode, codes]).toEqual([1, ['key_age', 'alarm_actions']]);
    });

    it('finds nothing wrong once that is done', async () => {
      await hearAlarms();
      await fetchKeys();
      expect(await wrong()).toEqual({ exitCode: 0, codes: [], texts: [] });
    });

    it('tells which things it has looked at', async () => {
      const { output: text } = await run('doctor', '--relying-parties', file);
      for (const said of [
        '✓ AWS account 123456789012, region eu-west-1, as arn:aws:sts::123456789012:user/moto',
        '✓ stack LogoutReceiverSessions: CREATE_COMPLETE',
        '✓ version ',
        `✓ ${op.issuer} client shop: the endpoint knows it`,
        `✓ ${op.issuer}: the deployment fetched its keys `,
        '✓ the sessions table has a stream of new and old images',
        '✓ the JWKS cache table forgets what has expired (expiresAt)',
        '✓ function BackchannelLogout is active (nodejs24.x)',
        '✓ function DeferredLogout is fed from the queue DeferredLogouts',
        '✓ function InterruptedLogout is fed from the stream of SessionsTable',
        '✓ none of 28 alarms is in ALARM',
        '✓ UnverifiedDeadLetterQueue is empty',
      ]) {
        expect(text).toContain(said);
      }
    });

    it('tells of logouts that wait, and of those that were given up', async () => {
      for (const name of ['DeferredLogoutQueue', 'DeadLetterQueue']) {
        const command = new SendMessageCommand({ QueueUrl: await output(`${name}Url`), MessageBody: '{}' });
        await (await sqsClient(configuration)).send(command);
      }
      expect((await wrong()).codes).toEqual(['deferred_logouts', 'dead_letters']);
    });

    it('finds what somebody has changed', async () => {
      const lambda = new LambdaClient();
      const { Functions: [{ FunctionName } = {}] = [] } = await lambda.send(new ListFunctionsCommand());
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
      const { EventSourceMappings: [{ UUID } = {}] = [] } = await lambda.send(new ListEventSourceMappingsCommand());
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      const cloudwatch = new CloudWatchClient();
      const { MetricAlarms: [{ AlarmName } = {}] = [] } = await cloudwatch.send(new DescribeAlarmsCommand());
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }));
      const dynamodb = new DynamoDBClient();
      const TableName = await sessionsTableName(configuration, 'LogoutReceiver');
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: false };
      await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: false };
      await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
      const { codes } = await wrong();
      expect(codes.filter((code) => code !== 'deferred_logouts' && code !== 'dead_letters')).toEqual([
        'table_expiry',
        'table_recovery',
        'function',
        'event_source',
        'alarm',
      ]);
    });

    it('says so where AWS does not take the credentials', async () => {
      await moto.enforcePermissions();
      const { exitCode, texts } = await wrong();
      expect(exitCode).toBe(1);
      expect(texts[0]).toContain('AWS does not take the credentials');
    });
  });

  async function hearAlarms(): Promise<void> {
    const client = new CloudWatchClient();
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand());
    for (const { AlarmName, Namespace, MetricName, Period, Statistic, Metrics = [], ...alarm } of MetricAlarms) {
      const { EvaluationPeriods, ComparisonOperator, Threshold } = alarm;
      const watched = Metrics.length > 0 ? { Metrics } : { Namespace, MetricName, Period, Statistic };
      const kept = { AlarmName, Threshold, EvaluationPeriods, ComparisonOperator, ...watched };
      const AlarmActions = ['arn:aws:sns:eu-west-1:123456789012:operators'];
      await client.send(new PutMetricAlarmCommand({ ...kept, AlarmActions }));
    }
  }

  /** As the scheduled refresh does. */
  async function fetchKeys(): Promise<void> {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(), {
      marshallOptions: { removeUndefinedValues: true },
    });
    const table = { client, tableName: await output('JwksCacheTableName') };
    const [claim, now] = [{ claimant: 'background', claim: randomUUID() } as const, epochSeconds()];
    await claimSlot(table, op.location, claim, now);
    const { fetched } = await fetchJwks(op.location, undefined, { claimant: 'background', isInDoubt: false, now });
    await settleFetched(table, op.location, claim, fetched);
  }
});
