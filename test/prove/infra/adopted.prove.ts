import { Aspects, CfnResource, type IAspect, Stack, TagManager, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, it } from 'vitest';
import { LogoutDeployment } from '../../../infra/logout-deployment.ts';
import { LogoutReceiver } from '../../../infra/logout-receiver.ts';
import { newApp, relyingParties } from '../../infra/receiver-stacks.ts';

class SmallerFunctions implements IAspect {
  visit(node: IConstruct): void {
    if (node instanceof CfnFunction) {
      node.memorySize = 256;
    }
  }
}

describe('in an app with guardrails of its own, a receiver with everything on', () => {
  let logout: LogoutReceiver;
  let template: Template;

  beforeAll(() => {
    const app = newApp();
    app.node.setContext('@aws-cdk/core:permissionsBoundary', { name: 'boundary' });
    const stack = new Stack(app, 'Shop', { env: { account: '123456789012', region: 'eu-west-1' } });
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      ...{ vpcId: 'vpc-1', availabilityZones: ['a'] },
      ...{ privateSubnetIds: ['private'], privateSubnetRouteTableIds: ['table'] },
    });
    const turnedOn = { sessionEndedEvents: true, frontchannelLogout: true };
    const parties = relyingParties.map((party) => ({ ...party, frontchannelLogout: true }));
    const deployment = LogoutDeployment.canary();
    logout = new LogoutReceiver(stack, 'Logout', { relyingParties: parties, ...turnedOn, vpc, deployment });
    Tags.of(logout).add('team', 'identity');
    Aspects.of(logout).add(new SmallerFunctions());
    template = Template.fromStack(stack);
  });

  it('has the permissions boundary on every role', () => {
    const boundaries = Object.values(template.findResources('AWS::IAM::Role')).map(
      ({ Properties }) => Properties.PermissionsBoundary,
    );
    expect(boundaries).toEqual(Array(8).fill('arn:aws:iam::123456789012:policy/boundary'));
  });

  it('has their tags on all that can have some', () => {
    const untagged = logout.node.findAll().filter((node) => {
      const tags = TagManager.of(node)?.renderedTags;
      return TagManager.isTaggable(node) && !JSON.stringify(Stack.of(node).resolve(tags)).includes('identity');
    });
    expect(untagged.map(({ node }) => node.path)).toEqual([]);
    const tagged = Object.values(template.toJSON().Resources).filter((resource) =>
      /"identity"/.test(JSON.stringify(resource)),
    );
    expect(tagged.length).toBeGreaterThan(30);
  });

  it('is changed by their aspects', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.map(({ Properties }) => Properties.MemorySize)).toEqual(Array(6).fill(256));
  });

  it('has no custom resource', () => {
    const types = logout.node.findAll().flatMap((node) => (node instanceof CfnResource ? [node.cfnResourceType] : []));
    expect(types).toContain('AWS::SQS::Queue');
    expect(types.filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
  });

  it.each([
    ['AWS::IAM::Role', ['RoleName', 'Policies']],
    ['AWS::Lambda::Function', ['FunctionName']],
    ['AWS::SQS::Queue', ['QueueName']],
    ['AWS::DynamoDB::GlobalTable', ['TableName']],
    ['AWS::Logs::LogGroup', ['LogGroupName']],
    ['AWS::CloudWatch::Alarm', ['AlarmName']],
    ['AWS::CodeDeploy::DeploymentGroup', ['DeploymentGroupName']],
  ])('leaves names to CloudFormation, and policies where aspects find them: %s without %j', (type, absent) => {
    const resources = Object.values(template.findResources(type));
    expect(resources.length).toBeGreaterThan(0);
    const found = resources.flatMap(({ Properties }) => Object.keys(Properties ?? {}));
    expect(found.filter((name) => absent.includes(name))).toEqual([]);
  });
});
