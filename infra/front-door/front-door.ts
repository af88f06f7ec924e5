import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { CustomDomain } from './custom-domain.ts';
import type { Throttle } from './throttle.ts';

/** What every kind of API is made with. */
export interface FrontDoorSettings {
  readonly apiName: string;
  readonly logRetention: RetentionDays;
  /**
   * Encrypts the access log.
   * @default - CloudWatch Logs' own key
   */
  readonly encryptionKey?: IKey;
  /** Answers back-channel logout requests. */
  readonly handler: IFunction;
  readonly throttle: Throttle;
  /** @default - the API has the URL that API Gateway gives it */
  readonly customDomain?: CustomDomain;
  /**
   * Whether the URL that API Gateway gives it is turned off.
   * @default false
   */
  readonly disableExecuteApi?: boolean;
}

/** The API whose route is the `backchannel_logout_uri` of every relying party. */
export abstract class FrontDoor extends Construct {
  /** The URL to register at the OP. */
  abstract readonly backchannelLogoutUri: string;
  /** A line in JSON for each request. A throttled one has the `status` 429. */
  abstract readonly accessLog: LogGroup;

  /**
   * Adds the route that is the `frontchannel_logout_uri` of every relying party.
   *
   * @returns its URL
   */
  abstract addFrontchannelLogout(handler: IFunction): string;

  /** Answers with a status of 500 and more: the function failed, or could not be reached. */
  abstract metricServerError(options?: MetricOptions): Metric;

  /** Answers with a status of 400 to 499: the function's own refusals, and those of API Gateway, throttled requests too. */
  abstract metricClientError(options?: MetricOptions): Metric;
}
