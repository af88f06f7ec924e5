import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  Application,
  CfnDeployment,
  ConfigurationContent,
  ConfigurationType,
  DeploymentStrategy,
  Environment,
  HostedConfiguration,
  Monitor,
  RolloutStrategy,
  ValidatorType,
} from 'aws-cdk-lib/aws-appconfig';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { isExample } from '../../receiver/relying-parties/example-issuer.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import type { FunctionSettings } from '../constructs/function-settings.ts';
import { ReceiverFunction } from '../constructs/receiver-function.ts';
import { receiverMetric } from '../constructs/receiver-metric.ts';
import { newAlarm } from '../monitoring/receiver-alarm.ts';
import type { Output } from '../outputs.ts';

export interface LiveRelyingPartiesConstructProps {
  readonly settings: FunctionSettings;
  /** The checked ones, which are deployed first. */
  readonly relyingParties: readonly RelyingParty[];
  /** Their text. */
  readonly json: string;
  /** That the functions may read. */
  readonly secretIds: readonly string[];
  readonly frontchannelLogout: boolean;
}

/** So long after a deployment AppConfig takes it back by itself, where the functions refuse it. They look every 30 seconds. */
const BAKE_TIME = Duration.minutes(5);

/** The relying parties in AWS AppConfig: what is deployed, what judges it before, and what takes it back. */
export class LiveRelyingParties extends Construct {
  /** Judges relying parties before they are deployed. */
  readonly validator: ReceiverFunction;
  readonly outputs: readonly Output[];
  /** The first one takes a deployment back. */
  readonly alarms: readonly [refused: Alarm, unreadable: Alarm];
  /** What a function needs to find them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #configuration: HostedConfiguration;
  readonly #arn: string;

  constructor(scope: Construct, id: string, props: LiveRelyingPartiesConstructProps) {
    super(scope, id);
    const { settings, relyingParties, json } = props;
    this.validator = this.#addValidator(props);
    const application = new Application(this, 'Application', {
      description: `${settings.service}: whose logouts are received`,
    });
    this.alarms = alarmsOf(this, settings.service);
    const environment = new Environment(this, 'Environment', {
      application,
      // Nothing that whoever can reach the endpoint can bring about: he could keep a relying party from being removed.
      monitors: [Monitor.fromCloudWatchAlarm(this.alarms[0], this.#monitorRole())],
    });
    // To all at once: an instance that has not got a new relying party yet would refuse its logouts.
    const deploymentStrategy = new DeploymentStrategy(this, 'Strategy', {
      rolloutStrategy: RolloutStrategy.linear({
        growthFactor: 100,
        deploymentDuration: Duration.minutes(0),
        finalBakeTime: BAKE_TIME,
      }),
    });
    this.#configuration = new HostedConfiguration(this, 'Configuration', {
      application,
      description: `${relyingParties.length} relying parties`,
      type: ConfigurationType.FREEFORM,
      content: ConfigurationContent.fromInlineJson(json),
      validators: [{ content: this.validator.function.functionArn, type: ValidatorType.LAMBDA }],
      deploymentStrategy,
      deployTo: [environment],
    });
    const { configurationProfileId } = this.#configuration;
    this.deployAfter(this.validator);
    this.environment = {
      RELYING_PARTIES_APPLICATION_ID: application.applicationId,
      RELYING_PARTIES_ENVIRONMENT_ID: environment.environmentId,
      RELYING_PARTIES_PROFILE_ID: configurationProfileId,
    };
    this.#arn = Stack.of(this).formatArn({
      service: 'appconfig',
      resource: 'application',
      resourceName: `${application.applicationId}/environment/${environment.environmentId}/configuration/${configurationProfileId}`,
    });
    this.outputs = [
      [
        'RelyingPartiesApplicationId',
        application.applicationId,
        'AppConfig application that holds the relying parties',
      ],
      ['RelyingPartiesEnvironmentId', environment.environmentId, 'AppConfig environment that they are deployed to'],
      ['RelyingPartiesProfileId', configurationProfileId, 'AppConfig configuration profile of the relying parties'],
      [
        'RelyingPartiesStrategyId',
        deploymentStrategy.deploymentStrategyId,
        'AppConfig deployment strategy to deploy them with',
      ],
    ];
  }

  /** Lets a function read what is deployed, and nothing else of AppConfig. */
  grantRead(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['appconfig:StartConfigurationSession', 'appconfig:GetLatestConfiguration'],
        resources: [this.#arn],
      }),
    );
  }

  /** A configuration may need what only the functions of the same version know: those of before would refuse it. */
  deployAfter(...constructs: readonly IDependable[]): void {
    for (const child of this.#configuration.node.children) {
      if (child instanceof CfnDeployment) {
        child.node.addDependency(...constructs);
      }
    }
  }

  #addValidator(props: LiveRelyingPartiesConstructProps): ReceiverFunction {
    const { settings, relyingParties, secretIds, frontchannelLogout } = props;
    const validator = new ReceiverFunction(this, 'Validator', {
      settings,
      folder: 'relying-parties-validator',
      description: 'Judges relying parties before AWS AppConfig deploys them',
      timeout: Duration.seconds(10),
      environment: {
        // Whoever deploys examples with the stack tries the sample.
        SAMPLE_RELYING_PARTIES: String(relyingParties.some(({ issuer }) => isExample(issuer))),
        FRONTCHANNEL_LOGOUT: String(frontchannelLogout),
        SECRET_IDS: JSON.stringify(secretIds),
      },
    });
    // By ourselves: LambdaValidator.fromFunction lets every account's AppConfig invoke it.
    validator.function.addPermission('AppConfig', {
      principal: new ServicePrincipal('appconfig.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    });
    return validator;
  }

  /** https://docs.aws.amazon.com/appconfig/latest/userguide/setting-up-appconfig.html, permissions for automatic rollback */
  #monitorRole(): Role {
    const role = new Role(this, 'MonitorRole', { assumedBy: new ServicePrincipal('appconfig.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'AppConfig looks at the state of alarms, and this is the policy that it documents for that',
    });
    return role;
  }
}

function alarmsOf(scope: Construct, service: string): LiveRelyingParties['alarms'] {
  return [
    // AppConfig takes a deployment back where the alarm has no data, too: without data it must be quiet.
    newAlarm(scope, {
      id: 'RelyingPartiesRefused',
      metric: receiverMetric(service, 'RelyingPartiesRefused', { period: Duration.minutes(1) }),
      notices:
        'The relying parties that are deployed in AppConfig are broken: functions go on with those of before, and functions that have just started defer all logouts, whose users are signed in meanwhile.',
    }),
    newAlarm(scope, {
      id: 'RelyingPartiesUnreadable',
      metric: receiverMetric(service, 'RelyingPartiesUnreadable'),
      periods: 3,
      notices:
        'Functions cannot read the relying parties from AppConfig for a quarter of an hour: logouts of those that they do not know are deferred, and of all in functions that have just started. Their users are signed in meanwhile.',
    }),
  ];
}
