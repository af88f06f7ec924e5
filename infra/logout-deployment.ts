import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILambdaDeploymentConfig, LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import type { Construct } from 'constructs';
import { CanaryDeployment, type DeployedEntryPoints } from './constructs/canary-deployment.ts';

export interface CanaryOptions {
  /**
   * How many requests the new code gets, and for how long.
   * @default LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
   */
  readonly config?: ILambdaDeploymentConfig;
  /**
   * Alarms that roll back, beside those of the deployment: errors of the functions, 5xx answers, logouts that could not be
   * kept or met an unexpected error.
   * @default - no others
   */
  readonly rollbackAlarms?: IAlarm[];
}

/** How new code takes over of the functions that answer OPs and browsers. */
export class LogoutDeployment {
  /** At once, when CloudFormation has updated the function. */
  static allAtOnce(): LogoutDeployment {
    return new LogoutDeployment(undefined);
  }

  /** For a part of the requests first, and back to the old code for all where an alarm goes off. */
  static canary(options: CanaryOptions = {}): LogoutDeployment {
    return new LogoutDeployment(options);
  }

  /** Whether requests go to an alias of each function. */
  readonly usesAlias: boolean;
  readonly #canary: CanaryOptions | undefined;

  private constructor(canary: CanaryOptions | undefined) {
    this.#canary = canary;
    this.usesAlias = canary !== undefined;
  }

  /** Makes what it takes. `LogoutReceiver` calls it. */
  bind(scope: Construct, entryPoints: DeployedEntryPoints): void {
    if (this.#canary) {
      const { config = LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES, rollbackAlarms = [] } = this.#canary;
      new CanaryDeployment(scope, 'Deployment', { ...entryPoints, config, rollbackAlarms });
    }
  }
}
