import { Annotations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { isIpv6Block } from './allowed-addresses.ts';
import { CustomDomain } from './custom-domain.ts';
import { EndpointType } from './endpoint-type.ts';
import type { FrontDoor } from './front-door.ts';
import type { FrontDoorProps } from './front-door-props.ts';
import { checkFrontDoor } from './front-door-rules.ts';
import { HttpApiFrontDoor } from './http-api-front-door.ts';
import { RestApiFrontDoor } from './rest-api-front-door.ts';
import { DEFAULT_THROTTLE } from './throttle.ts';

/** What the receiver knows of its front door. */
export interface NewFrontDoor {
  readonly apiName: string;
  readonly logRetention: RetentionDays;
  /**
   * Encrypts the access log.
   * @default - CloudWatch Logs' own key
   */
  readonly encryptionKey?: IKey;
  /** Answers back-channel logout requests. */
  readonly handler: IFunction;
  /** Whether `addFrontchannelLogout` is going to be called. */
  readonly hasFrontchannel: boolean;
}

/**
 * Makes the API of a receiver, and its domain.
 *
 * @throws ConfigurationError where a property cannot be what it is
 */
export function newFrontDoor(
  scope: Construct,
  props: FrontDoorProps,
  { hasFrontchannel, ...receiver }: NewFrontDoor,
): { readonly frontDoor: FrontDoor; readonly customDomain?: CustomDomain } {
  checkFrontDoor(props, hasFrontchannel);
  const { keepExecuteApi, allowedAddresses, webAclArn, withoutWebAcl } = props;
  const customDomain = customDomainOf(scope, props);
  if (keepExecuteApi !== undefined) {
    Annotations.of(scope).addInfoV2('logout-receiver:keepExecuteApi', `the execute-api URL is on: ${keepExecuteApi}`);
  }
  const settings = {
    ...receiver,
    throttle: {
      rateLimit: props.throttleRateLimit ?? DEFAULT_THROTTLE.rateLimit,
      burstLimit: props.throttleBurstLimit ?? DEFAULT_THROTTLE.burstLimit,
    },
    ...(customDomain && { customDomain, disableExecuteApi: keepExecuteApi === undefined }),
  };
  const frontDoor =
    props.endpointType === EndpointType.REST_API
      ? new RestApiFrontDoor(scope, 'RestApi', {
          ...settings,
          ...{ allowedAddresses, hasFrontchannel, webAclArn, withoutWebAcl },
        })
      : new HttpApiFrontDoor(scope, 'Api', settings);
  return { frontDoor, ...(customDomain && { customDomain }) };
}

function customDomainOf(scope: Construct, props: FrontDoorProps): CustomDomain | undefined {
  const { domainName, certificate, hostedZone, regionRecord, allowedAddresses } = props;
  if (domainName === undefined || !certificate) {
    return undefined;
  }
  const { trustStoreBucket: bucket, trustStoreKey: key, trustStoreVersion: version } = props;
  const trustStore = bucket && key !== undefined && version !== undefined ? { bucket, key, version } : undefined;
  // An OP that can use IPv6 would do so, and be refused, where the list has its IPv4 addresses alone.
  const isDualStack = allowedAddresses === undefined || allowedAddresses.some(isIpv6Block);
  return new CustomDomain(scope, 'Domain', {
    ...{ domainName, certificate, hostedZone, regionRecord, trustStore, isDualStack },
  });
}
