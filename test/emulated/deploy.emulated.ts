import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { checkRelyingParties } from '../../receiver/relying-parties/relying-parties.ts';
import { SHIPPED_FILE, shippedText } from '../../receiver/relying-parties/shipped-relying-parties.ts';
import { type CdkRun, cdk, cdkIn } from '../cdk-cli.ts';
import { type Account, describeAccount, uploadedFiles } from './account.ts';
import { hasMoto, useMoto } from './moto.ts';

const SESSIONS = 'LogoutReceiverSessions';
const RECEIVER = 'LogoutReceiver';
/** The bucket of files that the bootstrap makes. */
const BUCKET = 'cdk-hnb659fds-assets-123456789012-eu-west-1';
/** What moto makes nothing of, by type: test/emulated/README.md says why, and what of the others it leaves out. */
const IGNORED = ['AWS::S3::BucketPolicy', 'AWS::Logs::MetricFilter', 'AWS::Logs::QueryDefinition'];

const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })),
});
const SAMPLE = z.object({ relyingParties: z.array(z.looseObject({})) });
const sample = SAMPLE.parse(JSON.parse(readFileSync(new URL('../../relying-parties.json', import.meta.url), 'utf8')));
const another = { issuer: 'https://op.example.com', clientId: 'mail', algorithms: ['RS256'] };
const session = { pk: { S: 'SESSION#a' }, sk: { S: 'SESSION' } };

describe.skipIf(!hasMoto)('the CDK deploys', () => {
  const moto = useMoto();
  const directory = mkdtempSync(join(tmpdir(), 'deploy-'));
  const file = join(directory, 'relying-parties.json');
  const app = ['-c', `relyingParties=${file}`, '-c', 'sampleRelyingParties=true', '-o', join(directory, 'cdk.out')];
  let account: Account;

  const deployAll = () => cdk('deploy', '--all', '--require-approval', 'never', ...app);
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeAll(() => writeFileSync(file, JSON.stringify(sample)));

  it('its bootstrap', async () => {
    // Where there is no app: it would be synthesized for nothing.
    const { exitCode, output } = await cdkIn(directory, 'bootstrap', 'aws://123456789012/eu-west-1');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('bootstrapped')]);
  });

  it('both stacks, and says which relying parties go in', async () => {
    const { exitCode, output } = await deployAll();
    expect([exitCode, output]).toEqual([0, expect.stringContaining(`relying parties: ${file}`)]);
    expect(await stackNames()).toEqual(['CDKToolkit', RECEIVER, SESSIONS]);
    account = await describeAccount();
  });

  it('a sessions table that is kept safe, with the stream that the receiver reads', () => {
    const table = tableOf(SESSIONS);
    expect(table).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLive: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
      SSEDescription: { SSEType: 'KMS' },
      DeletionProtectionEnabled: true,
      Recovery: 'ENABLED',
    });
    expect(account.eventSources).toContainEqual(
      expect.objectContaining({
        EventSourceArn: table.LatestStreamArn,
        FunctionArn: functionNamed('InterruptedLogout').FunctionArn,
        DestinationConfig: { OnFailure: { Destination: queueNamed('InterruptedLogoutsGivenUp').QueueArn } },
      }),
    );
  });

  it('a JWKS cache', () => {
    expect(tableOf(RECEIVER)).toMatchObject({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLive: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
      DeletionProtectionEnabled: false,
    });
  });

  it.each([
    ['DeferredLogouts6', 'DeferredLogoutsDeadLetterQueue'],
    ['DeferredLogoutsUnverifiedQueue', 'DeferredLogoutsUnverifiedDeadLetterQueue'],
  ])('the queue %s, from which what fails goes to %s, encrypted with the key for tokens', (name, deadLetters) => {
    const key = account.keys.find(({ Description }) => Description.includes('logout tokens'));
    expect(key).toMatchObject({ KeyState: 'Enabled', Rotates: true });
    const [queue, target] = [queueNamed(name), queueNamed(deadLetters)];
    expect(queue).toMatchObject({ KmsMasterKeyId: key?.Arn, VisibilityTimeout: '360' });
    expect(target).toMatchObject({ KmsMasterKeyId: key?.Arn, MessageRetentionPeriod: String(14 * 24 * 3600) });
    expect(JSON.parse(String(queue.RedrivePolicy))).toEqual({
      deadLetterTargetArn: target.QueueArn,
      maxReceiveCount: 30,
    });
    expect(account.eventSources).toContainEqual(
      expect.objectContaining({
        EventSourceArn: queue.QueueArn,
        FunctionArn: functionNamed('DeferredLogoutFunction').FunctionArn,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    );
  });

  it('queues that take requests over TLS alone', () => {
    for (const { QueueArn, Policy } of account.queues) {
      expect(JSON.parse(Policy ?? '{}').Statement).toEqual([
        {
          Action: 'sqs:*',
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Resource: QueueArn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]);
    }
  });

  it('functions that know the other stack, the queues and the cache', async () => {
    const outputs = await outputsOf(RECEIVER);
    const environment = functionNamed('BackchannelLogout').Environment.Variables;
    expect(environment).toMatchObject({
      SESSIONS_TABLE_NAME: (await outputsOf(SESSIONS)).SessionsTableName,
      JWKS_CACHE_TABLE_NAME: outputs.JwksCacheTableName,
      DEFERRED_LOGOUT_QUEUE_URL: outputs.DeferredLogoutQueueUrl,
      UNVERIFIED_LOGOUT_QUEUE_URL: outputs.UnverifiedLogoutQueueUrl,
    });
    const { Environment } = functionNamed('DeferredLogoutFunction');
    expect(Environment.Variables).toEqual(environment);
  });

  it('a role for each function that names what it may use, and nothing of all', () => {
    for (const { Role } of account.functions) {
      const statements = account.roles.find(({ Arn }) => Arn === Role)?.Statements ?? [];
      expect(statements).not.toEqual([]);
      for (const { Effect, Resource } of statements) {
        expect([Effect, ...[Resource].flat()]).toEqual([
          'Allow',
          ...[Resource].flat().map(() => expect.stringMatching(NAMED)),
        ]);
      }
    }
  });

  it('lets the endpoint reach the sessions, and ask for no more than it needs', () => {
    const { Role } = functionNamed('BackchannelLogout');
    const statements = account.roles.find(({ Arn }) => Arn === Role)?.Statements;
    expect(statements?.find(({ Resource }) => Resource === tableOf(SESSIONS).TableArn)?.Action).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  it('an HTTP API that hands its one path to the endpoint, and no other may call that', async () => {
    const [api] = account.apis;
    const { FunctionArn, Statements } = functionNamed('BackchannelLogout');
    const [integration] = api?.Integrations ?? [];
    expect(integration).toMatchObject({ IntegrationUri: FunctionArn, PayloadFormatVersion: '2.0' });
    expect(api?.Routes).toEqual([
      expect.objectContaining({
        RouteKey: 'ANY /backchannel-logout',
        Target: `integrations/${integration?.IntegrationId}`,
      }),
    ]);
    expect(api?.Stages).toEqual([
      expect.objectContaining({ StageName: '$default', DefaultRouteSettings: expect.objectContaining(THROTTLE) }),
    ]);
    expect(Statements).toEqual([
      expect.objectContaining({
        Principal: { Service: 'apigateway.amazonaws.com' },
        Condition: {
          ArnLike: { 'AWS:SourceArn': expect.stringContaining(`:${api?.ApiId}/*/*/backchannel-logout`) },
        },
      }),
    ]);
    expect((await outputsOf(RECEIVER)).BackchannelLogoutUri).toContain(`https://${api?.ApiId}.execute-api.`);
  });

  it('a schedule that has keys fetched, by a role that may do that alone', () => {
    const { FunctionArn } = functionNamed('JwksRefresh');
    const [schedule] = account.schedules;
    expect(schedule).toMatchObject({
      State: 'ENABLED',
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Arn: FunctionArn },
    });
    const role = account.roles.find(({ Arn }) => Arn === schedule?.Target.RoleArn);
    expect(role?.Statements).toEqual([{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: FunctionArn }]);
  });

  it('every alarm and every log group of the template', async () => {
    const types = Object.values(await resourcesOf(RECEIVER)).map(({ Type }) => Type);
    const count = (type: string) => types.filter((one) => one === type).length;
    expect(account.alarms).toHaveLength(count('AWS::CloudWatch::Alarm'));
    expect(account.logGroups).toHaveLength(count('AWS::Logs::LogGroup'));
    expect(account.logGroups).toEqual(
      account.logGroups.map(() => expect.objectContaining({ retentionInDays: expect.any(Number) })),
    );
  });

  it('code that holds the handlers and the relying parties', async () => {
    const files = await codeOf('BackchannelLogout');
    expect(files.get(SHIPPED_FILE)).toBe(shippedText(checkRelyingParties(sample, 'the sample')));
    for (const { Handler } of account.functions) {
      expect(files.keys()).toContain(`${String(Handler).replace('.handler', '')}.mjs`);
    }
  });

  it('nothing, where nothing has changed', async () => {
    const { exitCode, output } = await deployAll();
    expect(exitCode).toBe(0);
    expect(output.match(/\S+ \(no changes\)/g)).toEqual([`${SESSIONS} (no changes)`, `${RECEIVER} (no changes)`]);
    expect(await describeAccount()).toEqual(undated(account));
  });

  it('one relying party more: new code of the functions that know them, and nothing else', async () => {
    const [before, sessions] = [await resourcesOf(RECEIVER), await resourcesOf(SESSIONS)];
    writeFileSync(file, JSON.stringify({ relyingParties: [...sample.relyingParties, another] }));
    const { exitCode, output } = await deployAll();
    expect([exitCode, output]).toEqual([0, expect.stringContaining(`${SESSIONS} (no changes)`)]);
    const after = await resourcesOf(RECEIVER);
    expect(await resourcesOf(SESSIONS)).toEqual(sessions);
    expect(differences(before, after)).toEqual(
      account.functions
        .map(({ FunctionName }) => FunctionName.split('-')[1])
        .filter((name) => !name?.startsWith('InterruptedLogout'))
        .map((name) => `${name}.Properties.Code.S3Key`)
        .sort(),
    );
    const now = await describeAccount();
    expect({ ...now, functions: [] }).toEqual({ ...undated(account), functions: [] });
    expect(now.functions.map(({ FunctionArn }) => FunctionArn)).toEqual(
      account.functions.map(({ FunctionArn }) => FunctionArn),
    );
    const relyingParties = [...sample.relyingParties, another];
    expect((await codeOf('BackchannelLogout')).get(SHIPPED_FILE)).toBe(
      shippedText(checkRelyingParties({ relyingParties }, 'the file')),
    );
  });

  describe('and destroys', () => {
    beforeAll(async () => {
      const TableName = tableOf(SESSIONS).TableName;
      await new DynamoDBClient().send(new PutItemCommand({ TableName, Item: session }));
    });

    it('the receiver, while the sessions stack refuses to go', async () => {
      const { exitCode, output } = await destroyAll();
      expect([exitCode, output]).toEqual([1, expect.stringContaining('while TerminationProtection is enabled')]);
      expect(await stackNames()).toEqual(['CDKToolkit', SESSIONS]);
      const left = await describeAccount();
      expect(left).toMatchObject({ queues: [], functions: [], eventSources: [], apis: [], schedules: [], alarms: [] });
      expect(left).toMatchObject({ roles: [], tables: [{ TableName: tableOf(SESSIONS).TableName }] });
      // moto hands the session to the function that reads the stream, cannot run it, and says so in a log of its own.
      expect(left.logGroups.filter(({ logGroupName }) => !logGroupName.startsWith('/aws/lambda/'))).toEqual([]);
    });

    it('the sessions stack once its protection is off, and leaves the table with the sessions', async () => {
      const protection = { StackName: SESSIONS, EnableTerminationProtection: false };
      await new CloudFormationClient().send(new UpdateTerminationProtectionCommand(protection));
      expect((await destroyAll()).exitCode).toBe(0);
      expect(await stackNames()).toEqual(['CDKToolkit']);
      const TableName = tableOf(SESSIONS).TableName;
      const { Item } = await new DynamoDBClient().send(new GetItemCommand({ TableName, Key: session }));
      expect(Item).toEqual(session);
      expect((await describeAccount()).tables).toMatchObject([{ TableName, DeletionProtectionEnabled: true }]);
    });
  });

  it('nothing that moto ignores, but for what is known', () => {
    const unknown = moto.said.matchAll(/No Moto CloudFormation support for (\S+)/g);
    expect([...new Set([...unknown].map(([, type]) => type))]).toEqual(IGNORED);
  });

  async function destroyAll(): Promise<CdkRun> {
    return await cdk('destroy', '--all', '--force', '--app', join(directory, 'cdk.out'));
  }

  /** moto names what a stack makes after the stack and the logical id, as CloudFormation does. */
  const isOf = (stack: string, id: string) => (name: string) => name.startsWith(`${stack}-${id}`);

  function tableOf(stack: string): Account['tables'][number] {
    return theOne(account.tables, ({ TableName }) => isOf(stack, '')(TableName));
  }

  function functionNamed(id: string): Account['functions'][number] {
    return theOne(account.functions, ({ FunctionName }) => isOf(RECEIVER, id)(FunctionName));
  }

  function queueNamed(id: string): Account['queues'][number] {
    return theOne(account.queues, ({ QueueArn }) => QueueArn.includes(`:${RECEIVER}-`) && QueueArn.includes(id));
  }

  async function codeOf(id: string): Promise<Map<string, string>> {
    const [, name] = functionNamed(id).FunctionName.split('-');
    const { Code } = (await resourcesOf(RECEIVER))[name ?? '']?.Properties ?? {};
    return await uploadedFiles(BUCKET, z.object({ S3Key: z.string() }).parse(Code).S3Key);
  }
});

const THROTTLE = { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 };
/** An ARN, and no pattern. */
const NAMED = /^arn:aws:[^*]+$/;

function theOne<Item>(items: readonly Item[], is: (item: Item) => boolean): Item {
  const [found, ...others] = items.filter(is);
  if (found === undefined || others.length > 0) {
    throw new Error(`${found ? others.length + 1 : 0} of ${items.length} are it`);
  }
  return found;
}

async function stackNames(): Promise<(string | undefined)[]> {
  const { Stacks = [] } = await new CloudFormationClient().send(new DescribeStacksCommand());
  return Stacks.map(({ StackName }) => StackName).sort();
}

async function outputsOf(StackName: string): Promise<Record<string, string | undefined>> {
  const { Stacks: [stack] = [] } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries((stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

async function resourcesOf(StackName: string): Promise<z.infer<typeof Template>['Resources']> {
  const { TemplateBody = '' } = await new CloudFormationClient().send(new GetTemplateCommand({ StackName }));
  return Template.parse(JSON.parse(TemplateBody)).Resources;
}

/** Where two values differ, by the paths of what is no object. */
function differences(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key])).sort();
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.join('.')];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The account, whose requests have other ids each time. */
function undated(account: Account): Record<string, unknown> {
  return {
    ...account,
    schedules: account.schedules.map((schedule) => ({ ...schedule, ResponseMetadata: expect.anything() })),
  };
}
