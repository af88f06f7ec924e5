import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { LogoutReceiver } from '../../infra/logout-receiver.ts';
import { addStacks } from '../../infra/receiver-app.ts';
import { RelyingParties } from '../../infra/relying-parties.ts';
import { SessionsTable } from '../../infra/sessions-table.ts';
import { temporaryDirectory } from '../local/functions/bundle.ts';
import { newApp, receiverStacks, relyingParties } from './receiver-stacks.ts';

/** What holds messages, items or addresses that somebody has registered. Another id is another resource, an empty one. */
const STATEFUL = {
  LogoutReceiverSessions: { SessionsTableAB156456: 'AWS::DynamoDB::GlobalTable' },
  LogoutReceiver: {
    JwksCacheTable88230AF2: 'AWS::DynamoDB::GlobalTable',
    DeferredLogoutsKey282B1A0E: 'AWS::KMS::Key',
    DeferredLogouts6F0CC1E9: 'AWS::SQS::Queue',
    DeferredLogoutsDeadLetterQueue1A9EED9F: 'AWS::SQS::Queue',
    DeferredLogoutsUnverifiedQueue7B2F9605: 'AWS::SQS::Queue',
    DeferredLogoutsUnverifiedDeadLetterQueueDF6EB1D1: 'AWS::SQS::Queue',
    InterruptedLogoutInterruptedLogoutsGivenUpQueue5F87E311: 'AWS::SQS::Queue',
    InterruptedLogoutFunctionDynamoDBEventSourceLogoutReceiverSessionsSessionsTable74A6848FA5F77EC9:
      'AWS::Lambda::EventSourceMapping',
    Api9AF3637B: 'AWS::ApiGatewayV2::Api',
    SessionEndedEventsEventBusF500C3D0: 'AWS::Events::EventBus',
    SessionEndedEventsEventsGivenUpQueueCC3B4506: 'AWS::SQS::Queue',
  },
};

/** The app's stacks, with everything on. */
function appStacks(stage?: string) {
  const relyingPartiesFile = written([{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] }]);
  return addStacks(newApp(), {
    ...{ relyingPartiesFile, sampleRelyingParties: false, stage, extraCaFile: undefined },
    ...{ sessionEndedEvents: true, frontchannelLogout: true },
  });
}

function written(relyingParties: object[], limits = {}): string {
  const file = join(temporaryDirectory(), 'relying-parties.json');
  writeFileSync(file, JSON.stringify({ relyingParties, ...limits }));
  return file;
}

describe('the app', () => {
  it('gives all that has a state the logical ids that it had without the construct', () => {
    const { sessions, receiver } = appStacks();
    for (const [name, stack] of Object.entries({ LogoutReceiverSessions: sessions, LogoutReceiver: receiver })) {
      expect(stack.stackName).toBe(name);
      const expected = Object.entries(Reflect.get(STATEFUL, name)).map(([id, Type]) => [id, { Type }]);
      expect(Template.fromStack(stack).toJSON().Resources).toMatchObject(Object.fromEntries(expected));
    }
    expect(sessions.terminationProtection).toBe(true);
    expect(Object.keys(Template.fromStack(sessions).findOutputs('SessionsTableName'))).toHaveLength(1);
  });

  it('puts the stage in front of all names, so that two deployments live in one account', () => {
    const { sessions, receiver } = appStacks('prod');
    expect([sessions, receiver].map(({ stackName }) => stackName)).toEqual([
      'prod-LogoutReceiverSessions',
      'prod-LogoutReceiver',
    ]);
    const template = Template.fromStack(receiver);
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { Name: 'prod-logout-receiver' });
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'prod-logout-receiver' } },
    });
    // Nothing of either may carry a name or a dimension of the other.
    expect(JSON.stringify(template.toJSON())).not.toMatch(/[^-]logout-receiver"/);
  });
});

describe('the construct in an app of somebody else', () => {
  it('has all in one stack, its own table too', () => {
    const stack = new Stack(newApp(), 'Shop');
    const receiver = new LogoutReceiver(stack, 'Logout', { relyingParties });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
    const outputs = Object.keys(template.findOutputs('*'));
    expect(outputs).toContainEqual(expect.stringMatching(/^LogoutSessionsTableName[0-9A-F]{8}$/));
    expect(stack.resolve(receiver.backchannelLogoutUri)).toEqual(
      template.findOutputs('*', { Description: Match.stringLikeRegexp('backchannel_logout_uri') })[
        outputs.find((id) => id.startsWith('LogoutBackchannelLogoutUri')) ?? ''
      ]?.Value,
    );
    expect(stack.resolve(receiver.metricRejected('issuer_unknown').toMetricConfig().metricStat)).toMatchObject({
      ...{ namespace: 'LogoutReceiver', metricName: 'LogoutRejected', statistic: 'Sum' },
      dimensions: [
        { name: 'Reason', value: 'issuer_unknown' },
        { name: 'service', value: 'logout-receiver' },
      ],
    });
  });

  it.each<[string, () => unknown, string | RegExp]>([
    [
      'a relying party that breaks a rule',
      () => receiverStacks({ relyingParties: [{ issuer: 'http://op.test', clientId: 'shop' }] }),
      'Receiver/Default: relyingParties[0].issuer: found "http://op.test", allowed: an https: URL without query',
    ],
    [
      'no relying party',
      () => receiverStacks({ relyingParties: [] }),
      'Receiver/Default: relyingParties: found [], allowed: a list of at least one relying party',
    ],
    [
      'limits that cannot be',
      () => receiverStacks({ maxBodyBytes: 1 }),
      'Receiver/Default: maxBodyBytes: found 1, allowed: a whole number of bytes from 1024 to 1048576',
    ],
    [
      'limits in a file, where nothing would take them from',
      () => RelyingParties.fromFile(written(relyingParties, { maxBodyBytes: 20_000, maxTokenBytes: 16_384 })),
      /relying-parties\.json: maxBodyBytes: found 20000, allowed: nothing here; give it to LogoutReceiver/,
    ],
    [
      'a file that is none',
      () => RelyingParties.fromFile('/no/such/file.json'),
      '/no/such/file.json: cannot be read (ENOENT)',
    ],
    [
      'a stage that cannot be in names',
      () => receiverStacks({ stage: 'My Stage' }),
      'stage: found "My Stage", allowed',
    ],
    [
      'a table without a stream',
      () => {
        const stack = new Stack(newApp(), 'Tables');
        return new SessionsTable(stack, 'Sessions', { table: TableV2.fromTableName(stack, 'Table', 'sessions') });
      },
      'Tables/Sessions: found a table without a stream, allowed: one with a stream of new and old images',
    ],
    [
      'a second receiver whose metrics could not be told from those of the first',
      () => {
        const { stack } = receiverStacks();
        return new LogoutReceiver(stack, 'Second', { relyingParties });
      },
      'Receiver/Second: found a second receiver beside Receiver/Default whose metrics are called logout-receiver',
    ],
  ])('refuses %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });

  it('takes a second receiver with a stage, or in another region', () => {
    const app = newApp();
    const stackIn = (region: string) => new Stack(app, region, { env: { region, account: '123456789012' } });
    const first = stackIn('eu-west-1');
    new LogoutReceiver(first, 'Logout', { relyingParties });
    new LogoutReceiver(first, 'Test', { relyingParties, stage: 'test' });
    expect(new LogoutReceiver(stackIn('us-east-1'), 'Logout', { relyingParties }).functions.sessionEnded).toBe(
      undefined,
    );
  });

  it('takes the relying parties of a file, with what the file says', () => {
    const file = written([{ ...relyingParties[0], profile: 'strict', clockToleranceSeconds: 7 }]);
    const [party] = RelyingParties.fromFile(file);
    expect(party).toMatchObject({ typ: 'logout+jwt', requireExp: true, replay: 'refuse', clockToleranceSeconds: 7 });
    expect(receiverStacks({ relyingParties: RelyingParties.fromFile(file) }).receiver.functions).toBeDefined();
  });
});

describe('the construct warns, where it must, that', () => {
  it.each<[string, object, object, string[]]>([
    ['nothing is wrong', {}, {}, []],
    [
      'an issuer is an example',
      { issuer: 'https://op.example.com' },
      {},
      ['https://op.example.com is an example and no OP'],
    ],
    ['a relying party names no algorithms', { algorithms: undefined }, {}, ['"algorithms": \\["RS256"\\]']],
    [
      'a client has front-channel logout on and the deployment has not',
      { frontchannelLogout: true },
      {},
      ['relyingParties\\[0\\]\\.frontchannelLogout: .*-c frontchannelLogout=true'],
    ],
    [
      'the deployment has front-channel logout on and no client has',
      {},
      { frontchannelLogout: true },
      ['no relying party has "frontchannelLogout": true'],
    ],
    ['both have front-channel logout on', { frontchannelLogout: true }, { frontchannelLogout: true }, []],
  ])('%s', (_case, field, props, warnings) => {
    const [party] = relyingParties;
    const { stack } = receiverStacks({
      relyingParties: party ? [{ ...party, ...field }] : [],
      ...props,
    });
    const said = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(said.map(({ entry }) => entry.data)).toEqual(warnings.map((text) => expect.stringMatching(text)));
  });
});

it('an application may keep sessions, or check logouts, and no more', () => {
  const { sessionsStack, receiver } = receiverStacks();
  const role = (id: string) => new Role(sessionsStack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  receiver.sessions.grantReadWrite(role('Application'));
  receiver.sessions.grantCheck(role('Checking'));
  const policies = Object.values(Template.fromStack(sessionsStack).findResources('AWS::IAM::Policy'));
  const statements = policies.map(({ Properties }) => Properties.PolicyDocument.Statement);
  const table = { 'Fn::GetAtt': [expect.stringMatching(/^SessionsTable/), 'Arn'] };
  const actions = ['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
  expect(statements).toEqual([
    [{ Effect: 'Allow', Action: actions.map((action) => `dynamodb:${action}`), Resource: table }],
    [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: table }],
  ]);
});
