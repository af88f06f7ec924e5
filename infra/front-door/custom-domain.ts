import {
  CfnApiMapping,
  DomainName,
  type IDomainName,
  IpAddressType,
  type IStage,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AaaaRecord, ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import type { RegionRecord } from './region-record.ts';

/** Certificates of the authorities whose client certificates are let in. */
export interface TrustStore {
  readonly bucket: IBucket;
  readonly key: string;
  readonly version: string;
}

export interface CustomDomainProps {
  readonly domainName: string;
  readonly certificate: ICertificate;
  /** @default - no records are made */
  readonly hostedZone?: IHostedZone | undefined;
  /** @default - the name leads to this receiver alone */
  readonly regionRecord?: RegionRecord | undefined;
  /** @default - clients need no certificate */
  readonly trustStore?: TrustStore | undefined;
  /** Whether it can be reached by IPv6 too. */
  readonly isDualStack: boolean;
}

/**
 * The host name of the URLs.
 *
 * Of both kinds of API it is the same resource, and of its mapping the API can be changed in place: an endpoint type can be
 * changed without a moment in which nobody answers.
 */
export class CustomDomain extends Construct {
  /** With a slash at its end. */
  readonly url: string;
  /** To make records for it. */
  readonly domain: IDomainName;
  #mapping: CfnApiMapping | undefined;

  constructor(scope: Construct, id: string, props: CustomDomainProps) {
    super(scope, id);
    const { domainName, certificate, hostedZone, regionRecord, trustStore, isDualStack } = props;
    this.url = `https://${domainName}/`;
    const domain = new DomainName(this, 'Resource', {
      domainName,
      certificate,
      // At least: TLS 1.3 is taken too.
      securityPolicy: SecurityPolicy.TLS_1_2,
      ipAddressType: isDualStack ? IpAddressType.DUAL_STACK : IpAddressType.IPV4,
      ...(trustStore && { mtls: trustStore }),
    });
    this.domain = domain;
    if (hostedZone) {
      const target = RecordTarget.fromAlias({
        // Not by the CDK's own, which cannot say whether Route 53 looks at the target: records for failover must.
        bind: () => ({
          dnsName: domain.regionalDomainName,
          hostedZoneId: domain.regionalHostedZoneId,
          ...(regionRecord && { evaluateTargetHealth: true }),
        }),
      });
      // The dot keeps the CDK from adding the name of the zone.
      const record = { zone: hostedZone, recordName: `${domainName}.`, target, ...regionRecord?.optionsFor(this) };
      new ARecord(this, 'Ipv4Record', record);
      if (isDualStack) {
        new AaaaRecord(this, 'Ipv6Record', record);
      }
    }
  }

  /** Has it lead to a stage of an API: of an HTTP API, or of a REST API. */
  leadTo(apiId: string, stage: Construct & Pick<IStage, 'stageName'>): void {
    this.#mapping = new CfnApiMapping(this, 'Mapping', {
      domainName: this.domain.name,
      apiId,
      stage: stage.stageName,
    });
    this.onceThereIs(stage);
  }

  /** Has it lead there no sooner than something is there: a route, and that the API may invoke its function. */
  onceThereIs(ready: IConstruct): void {
    this.#mapping?.node.addDependency(ready);
  }
}
