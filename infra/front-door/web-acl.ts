import { CfnIPSet, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { isIpv6Block } from './allowed-addresses.ts';
import type { Throttle } from './throttle.ts';

const WINDOW_SECONDS = 60;

export interface WebAclProps {
  /** Its metrics have it as their dimension `WebACL`. */
  readonly metricName: string;
  readonly throttle: Throttle;
  /**
   * Blocks of addresses that no rule refuses.
   * @default - none
   */
  readonly allowedAddresses?: readonly string[] | undefined;
}

/**
 * A web ACL that keeps a single address from using up the throttle, and lets every logout of an OP in.
 *
 * It looks at addresses alone. Rules about requests lose logouts: `SizeRestrictions_BODY` refuses bodies of more than 8 KB,
 * which encrypted tokens with certificates in their header reach; `NoUserAgent_HEADER` refuses oidc-provider, which sends an
 * empty one; Bot Control and lists of hosting providers refuse servers, which OPs are.
 */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { metricName, throttle, allowedAddresses = [] }: WebAclProps) {
    super(scope, id);
    const rules = [
      ...this.#allowing(allowedAddresses, metricName),
      {
        name: 'AmazonIpReputationList',
        statement: {
          managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesAmazonIpReputationList' },
        },
        overrideAction: { none: {} },
      },
      {
        name: 'RateOfAddress',
        statement: {
          rateBasedStatement: {
            aggregateKeyType: 'IP',
            evaluationWindowSec: WINDOW_SECONDS,
            // Half of what all addresses together may send.
            limit: Math.ceil((throttle.rateLimit * WINDOW_SECONDS) / 2),
          },
        },
        action: { block: {} },
      },
    ];
    const acl = new CfnWebACL(this, 'Resource', {
      description: 'logout-receiver: reputation and rate of addresses, and nothing else',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) })),
      visibilityConfig: visibility(metricName),
    });
    this.arn = acl.attrArn;
  }

  /** The OP's bursts must not count as a flood, nor the bad name of a neighbour of its address as its own. */
  #allowing(blocks: readonly string[], metricName: string) {
    const families = [
      { id: 'Ipv4', ipAddressVersion: 'IPV4', addresses: blocks.filter((block) => !isIpv6Block(block)) },
      { id: 'Ipv6', ipAddressVersion: 'IPV6', addresses: blocks.filter(isIpv6Block) },
    ].filter(({ addresses }) => addresses.length > 0);
    return families.map(({ id, ipAddressVersion, addresses }) => {
      const description = `Addresses that may send logouts to ${metricName}`;
      const set = new CfnIPSet(this, `Allowed${id}`, { scope: 'REGIONAL', ipAddressVersion, addresses, description });
      return {
        name: `Allowed${id}`,
        statement: { ipSetReferenceStatement: { arn: set.attrArn } },
        action: { allow: {} },
      };
    });
  }
}

/** Without samples of requests: they would hold the query of front-channel logouts, and with it each `sid`. */
function visibility(metricName: string) {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
