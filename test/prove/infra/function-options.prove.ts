import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { beforeAll, describe, expect, it } from 'vitest';
import { LogoutDeployment } from '../../../infra/logout-deployment.ts';
import { LogoutReceiver, type LogoutReceiverProps } from '../../../infra/logout-receiver.ts';
import { newApp, receiverStacks, relyingParties } from '../../infra/receiver-stacks.ts';
import { templateChanges } from '../../infra/template-changes.ts';

let standard: Template;

beforeAll(() => {
  standard = receiverStacks().template();
});

const changesWith = (props: Partial<LogoutReceiverProps>) =>
  templateChanges(standard, receiverStacks(props).template());
const four = (value: unknown) => Array.from({ length: 4 }, () => value);

describe('a receiver', () => {
  it('has 512 MiB, logs for three months, two executions for each queue, no tracing and no alias', () => {
    const defaults = {
      memorySize: 512,
      logRetention: RetentionDays.THREE_MONTHS,
      deferredConcurrency: 2,
      tracing: Tracing.DISABLED,
      deployment: LogoutDeployment.allAtOnce(),
    };
    expect(changesWith(defaults)).toEqual({});
    const resources = JSON.stringify(standard.toJSON().Resources);
    expect(resources).not.toMatch(/VpcConfig|ReservedConcurrentExecutions|TracingConfig|AWS::Lambda::Alias/);
    standard.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 2 } });
  });

  it('is other in what is chosen, and in nothing else', () => {
    const chosen = {
      memorySize: 1024,
      logRetention: RetentionDays.ONE_YEAR,
      reservedConcurrency: 100,
      deferredConcurrency: 20,
      tracing: Tracing.ACTIVE,
    };
    expect(changesWith(chosen)).toEqual({
      'AWS::Lambda::Function.Properties.MemorySize': four(1024),
      'AWS::Logs::LogGroup.Properties.RetentionInDays': [...four(365), 365],
      'AWS::Lambda::Function.Properties.ReservedConcurrentExecutions': [100],
      'AWS::Lambda::EventSourceMapping.Properties.ScalingConfig.MaximumConcurrency': [20, 20],
      'AWS::Lambda::Function.Properties.TracingConfig': four({ Mode: 'Active' }),
      'AWS::IAM::Policy.Properties.PolicyDocument.Statement': four(
        expect.arrayContaining([
          { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
        ]),
      ),
      // Its estimate of what the functions cost goes by their memory: so much for a million seconds of a GiB.
      'AWS::CloudWatch::Dashboard.Properties.DashboardBody.Fn::Join': [
        ['', expect.arrayContaining([expect.stringContaining('FILL(time0, 0) / 1000 * 13.3334')])],
      ],
    });
  });

  it.each<[Partial<LogoutReceiverProps>, string]>([
    [{ memorySize: 64 }, 'memorySize: found 64, allowed: a whole number of MiB from 128 to 10240'],
    [{ memorySize: 512.5 }, 'memorySize: found 512.5, allowed'],
    [{ deferredConcurrency: 1 }, 'deferredConcurrency: found 1, allowed: a whole number of executions from 2 to 1000'],
    [{ deferredConcurrency: 1001 }, 'deferredConcurrency: found 1001, allowed'],
    [{ reservedConcurrency: 0 }, 'reservedConcurrency: found 0, allowed: a whole number of executions from 1'],
    [{ frontchannelReservedConcurrency: -1 }, 'frontchannelReservedConcurrency: found -1, allowed'],
    [{ securityGroups: [] }, 'securityGroups: found without vpc, allowed: beside vpc'],
    [{ vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } }, 'vpcSubnets: found without vpc, allowed'],
  ])('cannot have %j', (props, message) => {
    expect(() => receiverStacks(props)).toThrow(`Receiver/Default: ${message}`);
  });
});

const INTERFACES = ['AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DeleteNetworkInterface']
  .concat('DescribeNetworkInterfaces', 'DescribeSubnets', 'UnassignPrivateIpAddresses')
  .map((action) => `ec2:${action}`);

describe('in a VPC, the functions', () => {
  const network = () => {
    const stack = new Stack(newApp(), 'Network');
    const attributes = { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['private'] };
    const isolated = { isolatedSubnetIds: ['isolated'], isolatedSubnetRouteTableIds: ['table'] };
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { ...attributes, ...isolated });
    return { vpc, own: SecurityGroup.fromSecurityGroupId(stack, 'Own', 'sg-own') };
  };

  it('run in its private subnets, in one security group; Lambda may make network interfaces, their code may not', () => {
    const template = receiverStacks({ vpc: network().vpc }).template();
    expect(templateChanges(standard, template)).toEqual({
      '+AWS::EC2::SecurityGroup': 1,
      '+AWS::IAM::Policy': 4,
      'AWS::Lambda::Function.Properties.VpcConfig': four({
        SubnetIds: ['private'],
        SecurityGroupIds: [{ 'Fn::GetAtt': ['SecurityGroupDD263621', 'GroupId'] }],
      }),
      'AWS::IAM::Policy.Properties.PolicyDocument.Statement': four(
        expect.arrayContaining([{ Effect: 'Allow', Action: INTERFACES, Resource: '*' }]),
      ),
    });
    const denials = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.includes('NoNetworkInterfacesByCode'),
    );
    expect(denials.map(([, { Properties }]) => Properties.PolicyDocument.Statement)).toEqual(
      Object.keys(template.findResources('AWS::Lambda::Function')).map((id) => [
        {
          ...{ Effect: 'Deny', Action: INTERFACES, Resource: '*' },
          Condition: { ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::GetAtt': [id, 'Arn'] } } },
        },
      ]),
    );
  });

  it('run in the subnets and security groups that are given', () => {
    const { vpc, own } = network();
    const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
    const changes = changesWith({ vpc, vpcSubnets, securityGroups: [own] });
    expect(changes['AWS::Lambda::Function.Properties.VpcConfig']).toEqual(
      four({ SubnetIds: ['isolated'], SecurityGroupIds: ['sg-own'] }),
    );
    expect(changes).not.toHaveProperty('+AWS::EC2::SecurityGroup');
  });
});

describe('a canary deployment', () => {
  let template: Template;
  let receiver: LogoutReceiver;

  beforeAll(() => {
    const stacks = receiverStacks({
      ...{ frontchannelLogout: true, frontchannelReservedConcurrency: 50 },
      deployment: LogoutDeployment.canary(),
    });
    [template, receiver] = [stacks.template(), stacks.receiver];
  });

  it('gives a tenth of the requests to the new code for five minutes, and goes back where an alarm goes off', () => {
    const groups = Object.values(template.findResources('AWS::CodeDeploy::DeploymentGroup'));
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).filter((id) =>
      id.startsWith('Deployment'),
    );
    expect(groups).toHaveLength(2);
    for (const { Properties } of groups) {
      expect(Properties).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] },
        AlarmConfiguration: { Enabled: true, Alarms: alarms.map((Ref) => ({ Name: { Ref } })) },
      });
    }
  });

  it('watches the functions by their aliases, the answers of the API, and what happens to logouts', () => {
    const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).flatMap(([id, { Properties }]) =>
      id.startsWith('Deployment') ? [Properties] : [],
    );
    const errorsOf = (name: string) => ({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors' },
      Dimensions: expect.arrayContaining([
        {
          Name: 'Resource',
          Value: { 'Fn::Join': ['', [{ Ref: expect.stringMatching(`^${name}Function`) }, ':live']] },
        },
      ]),
    });
    const service = { Name: 'service', Value: 'logout-receiver' };
    expect(alarms).toMatchObject([
      { Namespace: 'AWS/ApiGateway', MetricName: '5xx' },
      { Namespace: 'LogoutReceiver', MetricName: 'LogoutNotKept', Dimensions: [service] },
      { MetricName: 'LogoutDeferred', Dimensions: [{ Name: 'Reason', Value: 'internal_error' }, service] },
      errorsOf('BackchannelLogout'),
      errorsOf('FrontchannelLogout'),
    ]);
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({ Statistic: 'Sum', Period: 60, Threshold: 1, TreatMissingData: 'notBreaching' });
    }
  });

  it('has the API invoke the aliases, and nothing else', () => {
    const aliases = Object.entries(template.findResources('AWS::Lambda::Alias'));
    const refs = aliases.map(([Ref]) => ({ Ref }));
    const properties = (type: string) =>
      Object.values(template.findResources(type)).map(({ Properties }) => Properties);
    expect(properties('AWS::ApiGatewayV2::Integration').map(({ IntegrationUri }) => IntegrationUri)).toEqual(refs);
    const permissions = properties('AWS::Lambda::Permission');
    expect(permissions.map(({ FunctionName }) => FunctionName)).toEqual(refs);
    for (const [, { UpdatePolicy }] of aliases) {
      expect(UpdatePolicy).toMatchObject({ CodeDeployLambdaAliasUpdate: { ApplicationName: expect.anything() } });
    }
    const { backchannelLogout, deferredLogout } = receiver.functions;
    expect(backchannelLogout.alias?.aliasName).toBe('live');
    expect(deferredLogout.alias).toBe(undefined);
  });

  it('has concurrency reserved for the function of front-channel logout alone, where that is said', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const reserved = functions.filter(({ Properties }) => Properties.ReservedConcurrentExecutions === 50);
    expect(reserved.map(({ Properties }) => Properties.Handler)).toEqual(['frontchannel-logout/index.handler']);
  });

  it('takes another course, and further alarms', () => {
    const stack = new Stack(newApp(), 'Shop');
    const metric = new Metric({ namespace: 'Shop', metricName: 'Errors' });
    const alarm = metric.createAlarm(stack, 'Mine', { threshold: 1, evaluationPeriods: 1 });
    const config = LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE;
    const deployment = LogoutDeployment.canary({ config, rollbackAlarms: [alarm] });
    new LogoutReceiver(stack, 'Logout', { relyingParties, deployment });
    const [group] = Object.values(Template.fromStack(stack).findResources('AWS::CodeDeploy::DeploymentGroup'));
    expect(group?.Properties).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute',
      AlarmConfiguration: { Alarms: expect.arrayContaining([{ Name: stack.resolve(alarm.alarmName) }]) },
    });
  });
});
