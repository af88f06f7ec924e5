import { Duration, Validations } from 'aws-cdk-lib';
import { type Alarm, type IAlarm, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILambdaDeploymentConfig, LambdaApplication, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { newAlarm } from '../monitoring/receiver-alarm.ts';
import type { ReceiverFunction } from './receiver-function.ts';
import { receiverMetric } from './receiver-metric.ts';

/** What answers OPs and browsers, and how it fares. */
export interface DeployedEntryPoints {
  /** Dimension `service` of the metrics. */
  readonly service: string;
  /** Functions, by names; those with an alias are deployed bit by bit. */
  readonly handlers: Readonly<Record<string, ReceiverFunction | undefined>>;
  /** The 5xx answers of their API. */
  readonly serverErrors: (options: MetricOptions) => Metric;
}

export interface CanaryDeploymentProps extends DeployedEntryPoints {
  readonly config: ILambdaDeploymentConfig;
  /** Further alarms that roll back. */
  readonly rollbackAlarms: readonly IAlarm[];
}

/** As short as alarms can have them, and a sum: one failure is enough. */
const EACH_MINUTE = { period: Duration.minutes(1), statistic: Stats.SUM };

/**
 * Has AWS CodeDeploy shift requests from the old code of functions to the new, and back where an alarm goes off. Each group
 * watches all alarms: code and relying parties of the functions are of the same build.
 */
export class CanaryDeployment extends Construct {
  constructor(scope: Construct, id: string, props: CanaryDeploymentProps) {
    super(scope, id);
    const { service, config, handlers, serverErrors, rollbackAlarms } = props;
    const aliases = Object.entries(handlers).flatMap(([name, handler]) =>
      handler?.alias ? [{ name, alias: handler.alias }] : [],
    );
    const alarms = [
      ...rollbackAlarms,
      this.#alarm('ServerErrors', serverErrors(EACH_MINUTE), 'The API answers 5xx'),
      this.#alarm('NotKept', receiverMetric(service, 'LogoutNotKept', EACH_MINUTE), 'A logout could not be kept'),
      this.#alarm(
        'InternalErrors',
        receiverMetric(service, 'LogoutDeferred', { ...EACH_MINUTE, dimensionsMap: { Reason: 'internal_error' } }),
        'A logout met an unexpected error',
      ),
      ...aliases.map(({ name, alias }) =>
        this.#alarm(`${name}Errors`, alias.metricErrors(EACH_MINUTE), `${name} fails`),
      ),
    ];
    const application = new LambdaApplication(this, 'Application');
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('codedeploy.amazonaws.com') });
    for (const { name, alias } of aliases) {
      new LambdaDeploymentGroup(this, name, { application, role, alias, deploymentConfig: config, alarms });
    }
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason:
        'AWS CodeDeploy documents this managed policy for shifting an alias, and the CDK attaches it to any role of a deployment group.',
    });
  }

  #alarm(id: string, metric: Metric, what: string): Alarm {
    return newAlarm(this, {
      ...{ id, metric, section: 'docs/construct.md, Canary deployment.' },
      notices: `${what}: a deployment that is under way is rolled back.`,
    });
  }
}
