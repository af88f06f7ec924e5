import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../configuration-error.ts';
import type { FrontDoorProps } from './front-door-props.ts';

/** The keys of the app's context that are about its domain. */
export const CUSTOM_DOMAIN_KEYS = [
  'domainName',
  'certificateArn',
  'hostedZoneId',
  'hostedZoneName',
  'keepExecuteApi',
] as const;

/** What they are given. */
export type CustomDomainContext = Readonly<Partial<Record<(typeof CUSTOM_DOMAIN_KEYS)[number], string>>>;

/** Those that others cannot be without. */
const NEEDS: readonly [key: keyof CustomDomainContext, needed: keyof CustomDomainContext][] = [
  ['domainName', 'certificateArn'],
  ['certificateArn', 'domainName'],
  ['hostedZoneId', 'domainName'],
  ['hostedZoneName', 'domainName'],
  ['hostedZoneId', 'hostedZoneName'],
  ['hostedZoneName', 'hostedZoneId'],
  ['keepExecuteApi', 'domainName'],
];

/** @throws ConfigurationError where one is no text, or is given without another that it needs */
export function customDomainIn(context: Readonly<Record<string, unknown>>): CustomDomainContext {
  const entries = CUSTOM_DOMAIN_KEYS.flatMap((key) => {
    const value = context[key];
    if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) {
      throw new ConfigurationError(`context ${key}: ${value}: allowed is a text that is not empty`);
    }
    return value === undefined ? [] : [[key, value] as const];
  });
  const given: CustomDomainContext = Object.fromEntries(entries);
  const [key, needed] = NEEDS.find(([key, needed]) => given[key] !== undefined && given[needed] === undefined) ?? [];
  if (key !== undefined) {
    throw new ConfigurationError(`context ${key}: ${given[key]}: allowed with -c ${needed}= alone`);
  }
  return given;
}

/** The properties of a receiver that they stand for. */
export function customDomainProps(scope: Construct, context: CustomDomainContext): FrontDoorProps {
  const { domainName, certificateArn, hostedZoneId, hostedZoneName: zoneName, keepExecuteApi } = context;
  if (domainName === undefined || certificateArn === undefined) {
    return {};
  }
  return {
    domainName,
    certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn),
    ...(hostedZoneId !== undefined &&
      zoneName !== undefined && {
        hostedZone: HostedZone.fromHostedZoneAttributes(scope, 'HostedZone', { hostedZoneId, zoneName }),
      }),
    ...(keepExecuteApi !== undefined && { keepExecuteApi }),
  };
}
