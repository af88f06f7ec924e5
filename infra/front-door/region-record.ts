import { Stack, Token } from 'aws-cdk-lib';
import { Failover, type IHealthCheck, type RecordSetOptions } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../configuration-error.ts';

/** How one host name leads to the receivers of several regions. Each of them has a record of its own under the name. */
export class RegionRecord {
  /** To the region that is nearest to whoever asks, as long as its health check is good. */
  static latency(healthCheck?: IHealthCheck): RegionRecord {
    return new RegionRecord((region) => ({ region, ...(healthCheck && { healthCheck }) }));
  }

  /**
   * To this region, as long as its health check is good.
   *
   * @param healthCheck follows an alarm: the back channel answers no GET with success
   */
  static primary(healthCheck: IHealthCheck): RegionRecord {
    return new RegionRecord(() => ({ failover: Failover.PRIMARY, healthCheck }));
  }

  /** To this region, where the health check of the primary one is not good. */
  static secondary(): RegionRecord {
    return new RegionRecord(() => ({ failover: Failover.SECONDARY }));
  }

  readonly #routing: (region: string) => Partial<RecordSetOptions>;

  private constructor(routing: (region: string) => Partial<RecordSetOptions>) {
    this.#routing = routing;
  }

  /**
   * What the record of a receiver takes. `LogoutReceiver` calls it.
   *
   * @throws ConfigurationError where the stack names no region
   */
  optionsFor(scope: Construct): Partial<RecordSetOptions> {
    const { region } = Stack.of(scope);
    if (Token.isUnresolved(region)) {
      throw new ConfigurationError(
        `${scope.node.path}: regionRecord: found in a stack without a region, allowed: a stack with env.region`,
      );
    }
    return { ...this.#routing(region), setIdentifier: region };
  }
}
