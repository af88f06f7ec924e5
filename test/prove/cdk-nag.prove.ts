import { Stack, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { EndpointType } from '../../infra/front-door/endpoint-type.ts';
import type { LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { newApp, receiverStacks } from '../infra/receiver-stacks.ts';

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
  ['a custom domain', domain],
  ['mutual TLS', { ...domain, ...trustStore }],
  ['a REST API', { ...rest, ...domain, frontchannelLogout: true, allowedAddresses: ['192.0.2.0/24', '2001:db8::/48'] }],
  ['a REST API without a web ACL', { ...rest, withoutWebAcl: 'AWS Firewall Manager attaches ours' }],
])('a receiver with %s meets the rules of cdk-nag', (_what, props) => {
  const { app } = receiverStacks(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});
