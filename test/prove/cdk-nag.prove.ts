import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { EndpointType } from '../../infra/front-door/endpoint-type.ts';
import { LogoutDeployment } from '../../infra/logout-deployment.ts';
import { LogoutReceiver, type LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { newApp, receiverStacks, relyingParties } from '../infra/receiver-stacks.ts';

const elsewhere = new Stack(newApp(), 'Elsewhere');
const domain = {
  domainName: 'logout.example.com',
  certificate: Certificate.fromCertificateArn(elsewhere, 'C', 'arn:aws:acm:eu-west-1:111122223333:certificate/1'),
  hostedZone: HostedZone.fromHostedZoneAttributes(elsewhere, 'Z', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
};
const trustStore = {
  trustStoreBucket: Bucket.fromBucketName(elsewhere, 'B', 'trusted'),
  ...{ trustStoreKey: 'op.pem', trustStoreVersion: 'v7' },
};
const rest = { endpointType: EndpointType.REST_API };

// What is there by default is held to them by `npm run synth` too.
it.each<[string, Partial<LogoutReceiverProps>]>([
  ['nothing turned on', {}],
  ['session-ended events', { sessionEndedEvents: true }],
  ['front-channel logout', { frontchannelLogout: true }],
  ['relying parties in AppConfig', { relyingPartiesInAppConfig: true }],
  ['reserved concurrency', { reservedConcurrency: 100, deferredConcurrency: 20, memorySize: 1024 }],
  ['tracing', { tracing: Tracing.ACTIVE }],
  ['a canary deployment', { frontchannelLogout: true, deployment: LogoutDeployment.canary() }],
  ['a custom domain', domain],
  ['mutual TLS', { ...domain, ...trustStore }],
  ['a REST API', { ...rest, ...domain, frontchannelLogout: true, allowedAddresses: ['192.0.2.0/24', '2001:db8::/48'] }],
  ['a REST API and a canary deployment', { ...rest, frontchannelLogout: true, deployment: LogoutDeployment.canary() }],
  ['a REST API without a web ACL', { ...rest, withoutWebAcl: 'AWS Firewall Manager attaches ours' }],
  ['an alarm on days without a logout, and no dashboard', { noLogoutAlarm: Duration.days(2), dashboard: false }],
])('a receiver with %s meets the rules of cdk-nag', (_what, props) => {
  const { app } = receiverStacks(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
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
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
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
