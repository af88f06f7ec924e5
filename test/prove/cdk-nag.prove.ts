import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { LogoutDeployment } from '../../infra/logout-deployment.ts';
import { LogoutReceiver } from '../../infra/logout-receiver.ts';
import { newApp, receiverStacks, relyingParties } from '../infra/receiver-stacks.ts';
import { RECEIVER_VARIANTS } from '../infra/receiver-variants.ts';

it.each(RECEIVER_VARIANTS)('a receiver with %s meets the rules of cdk-nag', (_what, props) => {
  const { app } = receiverStacks(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  expect(() => app.synth()).not.toThrow();
});

/** Alone in its stack, with all that takes another construct: with a region in its ARNs, and without. */
function fullStack(env: { region?: string; account?: string }) {
  const app = newApp();
  const stack = new Stack(app, 'Shop', { env });
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    ...{ vpcId: 'vpc-1', availabilityZones: ['a'] },
    ...{ privateSubnetIds: ['private'], privateSubnetRouteTableIds: ['table'] },
  });
  new LogoutReceiver(stack, 'Logout', {
    ...{ relyingParties, sessionEndedEvents: true, frontchannelLogout: true },
    ...{ vpc, tracing: Tracing.ACTIVE, deployment: LogoutDeployment.canary() },
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
  });
  return app;
}

it.each([
  ['any region', {}],
  ['one region', { region: 'eu-west-1', account: '123456789012' }],
])('a receiver with key, VPC, tracing and canary meets the rules of cdk-nag in %s', (_what, env) => {
  const app = fullStack(env);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  expect(() => app.synth()).not.toThrow();
});

const HIPAA = ['CloudWatchAlarmAction', 'IAMNoInlinePolicy', 'LambdaConcurrency', 'LambdaDLQ'];

it.each([
  ['HIPAA', 'HIPAA.Security', HIPAASecurityChecks],
  ['NIST 800-53 revision 5', 'NIST.800.53.R5', NIST80053R5Checks],
])('what the rules of %s find in it is what docs/construct.md lists', (_name, prefix, Checks) => {
  const app = fullStack({});
  Validations.of(app).addPlugins(new Checks(app));
  expect(() => app.synth()).toThrow();
  const report = readFileSync(join(app.outdir, 'validation-report.json'), 'utf8');
  const found = new Set(report.match(new RegExp(`(?<="ruleName": ")${prefix}-[A-Za-z]+`, 'g')));
  expect([...found].sort()).toEqual(HIPAA.map((rule) => `${prefix}-${rule}`));
  const documented = readFileSync('docs/construct.md', 'utf8');
  expect(HIPAA.filter((rule) => !documented.includes(`\`${rule}\``))).toEqual([]);
});
