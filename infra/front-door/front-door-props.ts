import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { EndpointType } from './endpoint-type.ts';
import type { RegionRecord } from './region-record.ts';

/** How OPs and browsers reach the receiver: docs/front-door.md. */
export interface FrontDoorProps {
  /**
   * The kind of API. Another kind is another API, with another URL unless `domainName` is set.
   * @default EndpointType.HTTP_API
   */
  readonly endpointType?: EndpointType;
  /**
   * Host name of the URLs, in place of API Gateway's own, which is then turned off: OPs that have the old URL registered
   * are refused. `keepExecuteApi` keeps it for the time of a change.
   * @default - API Gateway's own
   */
  readonly domainName?: string;
  /**
   * The certificate of `domainName`, in the region of the receiver.
   * @default - none; required with `domainName`
   */
  readonly certificate?: ICertificate;
  /**
   * Public hosted zone that gets the alias records of `domainName`.
   * @default - no records: point the domain at the output `CustomDomainTarget`
   */
  readonly hostedZone?: IHostedZone;
  /**
   * How the records lead to this receiver and to those of other regions under the same name: see docs/multi-region.md.
   * Needs `hostedZone`.
   * @default - the name leads to this receiver alone
   */
  readonly regionRecord?: RegionRecord;
  /**
   * Why API Gateway's own URL stays on beside `domainName`, such as `OPs still have the old URL`.
   * @default - it is turned off
   */
  readonly keepExecuteApi?: string;
  /**
   * Versioned bucket of the certificates of the authorities whose client certificates are let in (mutual TLS). Whoever
   * deploys needs to read the object. Needs `domainName`, `trustStoreKey` and `trustStoreVersion`.
   * @default - clients need no certificate
   */
  readonly trustStoreBucket?: IBucket;
  /**
   * Key of the object in `trustStoreBucket`: certificates in PEM.
   * @default - none
   */
  readonly trustStoreKey?: string;
  /**
   * Version of the object, so that a deployment puts a changed one in force.
   * @default - none
   */
  readonly trustStoreVersion?: string;
  /**
   * Blocks of addresses in CIDR notation, IPv4 and IPv6, that alone may reach the back channel. Front-channel logout comes
   * from the browsers of users, and is open to all. Needs `EndpointType.REST_API`.
   * @default - all
   */
  readonly allowedAddresses?: string[];
  /**
   * Requests a second that are let through, in all. The front channel has a tenth of it, and at most 50.
   * @default 500
   */
  readonly throttleRateLimit?: number;
  /**
   * Requests at once that are let through beyond `throttleRateLimit`. The front channel has a tenth of it, and at most 100.
   * @default 1000
   */
  readonly throttleBurstLimit?: number;
  /**
   * ARN of a web ACL of AWS WAF, of regional scope, that stands before the API. Needs `EndpointType.REST_API`.
   * @default - one of this construct with `EndpointType.REST_API`: bad reputation of an address, and its rate
   */
  readonly webAclArn?: string;
  /**
   * Why a REST API has no web ACL of this construct, such as `AWS Firewall Manager attaches ours`.
   * @default - it has one
   */
  readonly withoutWebAcl?: string;
}
