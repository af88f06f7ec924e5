import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { receiverStacks } from '../../infra/receiver-stacks.ts';

const secretly = {
  issuer: 'https://op.test',
  clientId: 'shop',
  algorithms: ['HS256'],
  clientSecret: { secretId: 'clients/shop' },
};
const READERS = ['backchannel-logout', 'deferred-logout', 'frontchannel-logout', 'jwks-refresh'];

let template: Template;
let off: Template;

beforeAll(() => {
  template = receiverStacks({
    ...{ relyingPartiesInAppConfig: true, frontchannelLogout: true, sessionEndedEvents: true },
    relyingParties: [{ ...secretly, frontchannelLogout: true }],
    secretIds: ['clients/shop', 'clients/forum'],
  }).template();
  off = receiverStacks().template();
});

/** The only resource of a type. */
function only(type: string): { id: string; properties: Record<string, unknown>; dependsOn: string[] } {
  const [[id, { Properties, DependsOn = [] }] = ['', {}], ...others] = Object.entries(template.findResources(type));
  expect(others).toEqual([]);
  return { id, properties: Properties, dependsOn: DependsOn };
}

const functionsOf = (of: Template) =>
  Object.entries(of.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => ({
    id,
    folder: String(Properties.Handler).split('/')[0] ?? '',
    variables: Properties.Environment.Variables,
    role: Properties.Role['Fn::GetAtt'][0],
  }));

describe('relying parties in AppConfig', () => {
  it('are off by default: the functions have the file', () => {
    expect(JSON.stringify(off.toJSON())).not.toMatch(/appconfig|APPLICATION_ID/i);
    for (const { folder, variables } of functionsOf(off)) {
      expect(variables.RELYING_PARTIES_FILE === undefined).toBe(!READERS.includes(folder));
    }
  });

  it('are what is given at first, deployed to all at once, and judged before', () => {
    const { id: version, properties } = only('AWS::AppConfig::HostedConfigurationVersion');
    expect(JSON.parse(String(properties.Content))).toMatchObject({ relyingParties: [secretly] });
    const validator = functionsOf(template).find(({ folder }) => folder === 'relying-parties-validator');
    expect(only('AWS::AppConfig::ConfigurationProfile').properties).toMatchObject({
      LocationUri: 'hosted',
      Validators: [{ Type: 'LAMBDA', Content: { 'Fn::GetAtt': [validator?.id, 'Arn'] } }],
    });
    expect(only('AWS::AppConfig::DeploymentStrategy').properties).toMatchObject({
      ...{ DeploymentDurationInMinutes: 0, GrowthFactor: 100, FinalBakeTimeInMinutes: 5 },
    });
    expect(only('AWS::AppConfig::Deployment').properties).toMatchObject({ ConfigurationVersion: { Ref: version } });
    expect(validator?.variables).toMatchObject({
      ...{ SAMPLE_RELYING_PARTIES: 'false', FRONTCHANNEL_LOGOUT: 'true' },
      SECRET_IDS: '["clients/shop","clients/forum"]',
    });
  });

  it('are deployed once the functions can read them, and AppConfig may invoke what judges them', () => {
    const [permission = ''] = Object.keys(
      template.findResources('AWS::Lambda::Permission', {
        Properties: { Principal: 'appconfig.amazonaws.com', SourceAccount: { Ref: 'AWS::AccountId' } },
      }),
    );
    const functions = functionsOf(template).filter(({ folder }) => READERS.includes(folder));
    expect(functions).toHaveLength(4);
    expect(only('AWS::AppConfig::Deployment').dependsOn).toEqual(
      expect.arrayContaining([permission, ...functions.map(({ id }) => id)]),
    );
    // No other account's AppConfig may.
    expect(
      template.findResources('AWS::Lambda::Permission', {
        Properties: { Principal: 'appconfig.amazonaws.com', SourceAccount: Match.absent() },
      }),
    ).toEqual({});
  });

  it('are read by all functions that need them, which may do nothing else in AppConfig', () => {
    const names = {
      RELYING_PARTIES_APPLICATION_ID: { Ref: only('AWS::AppConfig::Application').id },
      RELYING_PARTIES_ENVIRONMENT_ID: { Ref: only('AWS::AppConfig::Environment').id },
      RELYING_PARTIES_PROFILE_ID: { Ref: only('AWS::AppConfig::ConfigurationProfile').id },
    };
    for (const { folder, variables, role } of functionsOf(template)) {
      const statements = Object.values(template.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => Properties.Roles.some((of: { Ref: string }) => of.Ref === role))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .filter(({ Action }) => JSON.stringify(Action).includes('appconfig'));
      expect(variables.RELYING_PARTIES_FILE).toBeUndefined();
      if (READERS.includes(folder)) {
        expect(variables).toMatchObject(names);
        expect(statements).toEqual([
          {
            Effect: 'Allow',
            Action: ['appconfig:GetLatestConfiguration', 'appconfig:StartConfigurationSession'],
            Resource: arnOf(Object.values(names)),
          },
        ]);
      } else {
        expect(statements).toEqual([]);
        expect(variables).not.toHaveProperty('RELYING_PARTIES_PROFILE_ID');
      }
    }
  });

  it('are taken back where the functions refuse them', () => {
    const alarms = template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { MetricName: 'RelyingPartiesRefused', Period: 60, TreatMissingData: 'notBreaching', Threshold: 1 },
    });
    const role = Object.keys(template.findResources('AWS::IAM::Role')).find((id) => id.includes('MonitorRole'));
    expect(only('AWS::AppConfig::Environment').properties.Monitors).toEqual([
      {
        AlarmArn: { 'Fn::GetAtt': [Object.keys(alarms)[0], 'Arn'] },
        AlarmRoleArn: { 'Fn::GetAtt': [role, 'Arn'] },
      },
    ]);
  });

  it('may name all secrets that are given', () => {
    const readable = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')
      .map(({ Resource }) => JSON.stringify(Resource).match(/(?<=:secret:)[^"]*/g));
    // Of the endpoint and of the deferred run.
    expect(readable).toEqual([1, 2].map(() => ['clients/forum-??????', 'clients/shop-??????']));
  });

  it('say where they are, for commands', () => {
    expect(
      Object.keys(template.findOutputs('*'))
        .filter((name) => /^RelyingParties\w+Id$/.test(name))
        .sort(),
    ).toEqual([
      ...['RelyingPartiesApplicationId', 'RelyingPartiesEnvironmentId'],
      ...['RelyingPartiesProfileId', 'RelyingPartiesStrategyId'],
    ]);
  });

  it.each<[string, Parameters<typeof receiverStacks>[0], string]>([
    [
      'without AppConfig',
      { secretIds: ['clients/shop'] },
      'found clients/shop, allowed: only with relyingPartiesInAppConfig',
    ],
    [
      'without one that is named',
      { relyingPartiesInAppConfig: true, relyingParties: [secretly], secretIds: ['clients/forum'] },
      'found clients/forum, allowed: all that the relying parties name, clients/shop too',
    ],
    [
      'with a pattern',
      { relyingPartiesInAppConfig: true, secretIds: ['clients/*'] },
      'found "clients/*", allowed: names and complete ARNs of secrets',
    ],
  ])('refuse secrets that are given %s', (_what, props, message) => {
    expect(() => receiverStacks(props)).toThrow(`Receiver/Default: secretIds: ${message}`);
  });
});

/** Of what is deployed of the configuration. */
function arnOf([application, environment, profile]: { Ref: string }[]) {
  return {
    'Fn::Join': [
      '',
      [
        ...['arn:', { Ref: 'AWS::Partition' }, ':appconfig:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }],
        ...[':application/', application, '/environment/', environment, '/configuration/', profile],
      ],
    ],
  };
}
