import { Token } from 'aws-cdk-lib';
import { ConfigurationError } from '../configuration-error.ts';
import { isAddressBlock } from './allowed-addresses.ts';
import { EndpointType } from './endpoint-type.ts';
import type { FrontDoorProps } from './front-door-props.ts';
import { LOWEST_LIMIT } from './throttle.ts';

/** What is wrong with a property; undefined where nothing is. */
type Rule = (props: FrontDoorProps, frontchannelLogout: boolean) => string | undefined;

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;
const OF_DOMAIN = [
  'certificate',
  'hostedZone',
  'regionRecord',
  'keepExecuteApi',
  'trustStoreBucket',
  'trustStoreKey',
  'trustStoreVersion',
] as const;
const OF_TRUST_STORE = ['trustStoreBucket', 'trustStoreKey', 'trustStoreVersion'] as const;
const OF_REST_API = ['allowedAddresses', 'webAclArn', 'withoutWebAcl'] as const;
const REASONS = ['keepExecuteApi', 'withoutWebAcl'] as const;
const LIMITS = ['throttleRateLimit', 'throttleBurstLimit'] as const;

const RULES: readonly Rule[] = [
  (props) => {
    const without = OF_DOMAIN.find((name) => props.domainName === undefined && props[name] !== undefined);
    return without && `${without}: found without domainName, allowed: with it alone`;
  },
  ({ domainName, certificate }) =>
    domainName !== undefined && !certificate
      ? `certificate: found none, allowed: a certificate of ${domainName}, in the region of the receiver`
      : undefined,
  ({ domainName }) =>
    isKnown(domainName) && !HOST_NAME.test(domainName)
      ? `domainName: found ${JSON.stringify(domainName)}, allowed: a host name in lower case, such as logout.example.com`
      : undefined,
  ({ domainName, hostedZone }) => {
    const zone = hostedZone?.zoneName;
    return isKnown(domainName) && isKnown(zone) && !`.${domainName}`.endsWith(`.${zone}`)
      ? `hostedZone: found the zone ${zone}, allowed: one that ${domainName} is in`
      : undefined;
  },
  ({ regionRecord, hostedZone }) =>
    regionRecord && !hostedZone
      ? 'regionRecord: found without hostedZone, allowed: with it alone, since it is about the records'
      : undefined,
  (props) => {
    const [missing, ...further] = OF_TRUST_STORE.filter((name) => props[name] === undefined);
    return missing && further.length < OF_TRUST_STORE.length - 1
      ? `${missing}: found none, allowed: all of ${OF_TRUST_STORE.join(', ')}, or none`
      : undefined;
  },
  ({ trustStoreBucket, keepExecuteApi }) =>
    trustStoreBucket && keepExecuteApi !== undefined
      ? 'keepExecuteApi: found with a trust store, allowed: one of them; the URL of API Gateway asks for no client certificate'
      : undefined,
  ({ trustStoreBucket }, frontchannelLogout) =>
    trustStoreBucket && frontchannelLogout
      ? 'frontchannelLogout: found with a trust store, allowed: one of them; the browsers of users have no client certificate'
      : undefined,
  (props) => {
    const { endpointType = EndpointType.HTTP_API } = props;
    const found = OF_REST_API.find((name) => endpointType !== EndpointType.REST_API && props[name] !== undefined);
    return (
      found &&
      `${found}: found with ${endpointType}, allowed: with ${EndpointType.REST_API}; HTTP APIs have neither a resource policy nor AWS WAF`
    );
  },
  ({ webAclArn, withoutWebAcl }) =>
    webAclArn !== undefined && withoutWebAcl !== undefined
      ? 'withoutWebAcl: found with webAclArn, allowed: one of them'
      : undefined,
  ({ webAclArn }) =>
    isKnown(webAclArn) && !/^arn:[^:]+:wafv2:[^:]+:[^:]+:regional\/webacl\/./.test(webAclArn)
      ? `webAclArn: found ${JSON.stringify(webAclArn)}, allowed: the ARN of a web ACL of AWS WAF, of regional scope`
      : undefined,
  (props) => {
    const empty = REASONS.find((name) => props[name]?.trim() === '');
    return empty && `${empty}: found an empty text, allowed: the reason`;
  },
  ({ allowedAddresses }) =>
    allowedAddresses?.length === 0
      ? 'allowedAddresses: found an empty list, which would refuse every logout, allowed: one address or more'
      : undefined,
  ({ allowedAddresses = [] }) => {
    const wrong = allowedAddresses.find((block) => !isAddressBlock(block));
    return wrong === undefined
      ? undefined
      : `allowedAddresses: found ${JSON.stringify(wrong)}, allowed: blocks with a prefix and no bits behind it, such as 192.0.2.0/24, 198.51.100.7/32 or 2001:db8::/48`;
  },
  (props) => {
    const wrong = LIMITS.find((name) => !isLimit(props[name] ?? LOWEST_LIMIT));
    return wrong && `${wrong}: found ${props[wrong]}, allowed: a whole number from ${LOWEST_LIMIT}`;
  },
];

/**
 * Checks the properties, each by itself and with the others.
 *
 * @throws ConfigurationError with the first that cannot be
 */
export function checkFrontDoor(props: FrontDoorProps, frontchannelLogout: boolean): void {
  for (const rule of RULES) {
    const problem = rule(props, frontchannelLogout);
    if (problem !== undefined) {
      throw new ConfigurationError(problem);
    }
  }
}

/** Whether it is there, and known before the deployment. */
function isKnown(text: string | undefined): text is string {
  return text !== undefined && !Token.isUnresolved(text);
}

function isLimit(value: number): boolean {
  return Number.isSafeInteger(value) && value >= LOWEST_LIMIT;
}
