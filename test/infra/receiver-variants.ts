import { Duration, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { EndpointType } from '../../infra/front-door/endpoint-type.ts';
import { LogoutDeployment } from '../../infra/logout-deployment.ts';
import type { LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { newApp } from './receiver-stacks.ts';

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

/**
 * Receivers with each of their properties, by what they have: all are held to the rules of cdk-nag and of cfn-lint. What
 * is there by default is held to cdk-nag's by `npm run synth` too.
 */
export const RECEIVER_VARIANTS: readonly (readonly [what: string, props: Partial<LogoutReceiverProps>])[] = [
  ['nothing turned on', {}],
  ['a stage', { stage: 'test' }],
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
];
