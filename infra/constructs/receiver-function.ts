import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type Alias,
  ApplicationLogLevel,
  Architecture,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SHIPPED_FILE } from '../../receiver/relying-parties/shipped-relying-parties.ts';
import { functionCode } from './function-code.ts';
import type { FunctionSettings } from './function-settings.ts';
import { METRICS_NAMESPACE } from './receiver-metric.ts';

export interface ReceiverFunctionProps {
  readonly settings: FunctionSettings;
  /** Folder in functions/ that holds the handler. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** @default false */
  readonly readsRelyingParties?: boolean;
  /**
   * Whether it asks issuers for keys.
   * @default false
   */
  readonly fetchesKeys?: boolean;
  /**
   * Executions that it can always have, and can have at most.
   * @default - none
   */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Whether requests go to an alias of it, so that a deployment can shift them from its old code to the new.
   * @default false
   */
  readonly hasAlias?: boolean;
}

/**
 * Where Lambda unpacks bundles. Node.js reads the file once, when it starts, so only a variable of the function can name
 * it (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html, CA certificate loading).
 */
const EXTRA_CA_CERTIFICATES = { NODE_EXTRA_CA_CERTS: '/var/task/extra-ca.pem' };

/**
 * What Lambda needs of the role of a function in a VPC
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html, required IAM permissions).
 */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** A function of the receiver, with a role that may do nothing but write the function's own log. */
export class ReceiverFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  /** What requests go to, where a deployment shifts them from its old code to the new. */
  readonly alias?: Alias;

  constructor(scope: Construct, id: string, props: ReceiverFunctionProps) {
    super(scope, id);
    const { settings, readsRelyingParties = false, fetchesKeys = false, reservedConcurrency } = props;
    const { shippedRelyingParties, extraCaCertificates, encryptionKey, network, tracing = Tracing.DISABLED } = settings;
    this.logGroup = new LogGroup(this, 'LogGroup', {
      retention: settings.logRetention,
      ...(encryptionKey && { encryptionKey }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: the one CDK makes carries AWSLambdaBasicExecutionRole, which may write to every log group.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(this.role);
    if (network) {
      this.role.addToPolicy(new PolicyStatement({ actions: NETWORK_INTERFACES, resources: ['*'] }));
    }
    if (network || tracing !== Tracing.DISABLED) {
      Validations.of(this.role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason:
          'Network interfaces of a function in a VPC have no ARN before Lambda has made them, and X-Ray takes segments under no ARN at all.',
      });
    }
    const extraCa = fetchesKeys ? extraCaCertificates : undefined;
    const live = readsRelyingParties ? settings.liveRelyingParties : undefined;
    live?.grantRead(this.role);
    const shipsRelyingParties = readsRelyingParties && !live;

    this.function = new LambdaFunction(this, 'Resource', {
      description: props.description,
      code: functionCode({
        ...(shipsRelyingParties && { [SHIPPED_FILE]: shippedRelyingParties }),
        ...(extraCa !== undefined && { 'extra-ca.pem': extraCa }),
      }),
      handler: `${props.folder}/index.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: settings.memorySize ?? 512,
      timeout: props.timeout,
      role: this.role,
      tracing,
      ...network,
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        ...props.environment,
        // In a file, not in a variable: Lambda allows 4 KB for all variables together, some forty relying parties.
        ...(shipsRelyingParties && { RELYING_PARTIES_FILE: `../${SHIPPED_FILE}` }),
        ...live?.environment,
        ...(extraCa !== undefined && EXTRA_CA_CERTIFICATES),
        POWERTOOLS_SERVICE_NAME: settings.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      },
    });
    this.#acknowledge(tracing);
    if (network) {
      this.#denyNetworkInterfacesToCode();
    }
    if (props.hasAlias) {
      this.alias = this.function.addAlias('live');
    }
  }

  /** What requests go to. */
  get entryPoint(): IFunction {
    return this.alias ?? this.function;
  }

  #acknowledge(tracing: Tracing): void {
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'Lambda keeps in a dead-letter queue what was invoked asynchronously. That is the refresh of keys alone: the next run, five minutes later, does what one has failed to do. What queues and streams deliver has dead-letter queues of its own.',
    });
    if (tracing === Tracing.DISABLED) {
      Validations.of(this.function).acknowledge({
        id: 'Serverless-LambdaTracing',
        reason:
          'X-Ray costs by the request, and needs a statement on all resources in each role. Logs and metrics say why.',
      });
    }
  }

  /**
   * Lambda itself makes network interfaces with the function's role, and the function's code must not
   * (the same page, security best practices). A policy of its own: the function has to wait for that of its role, and this
   * one for the function.
   */
  #denyNetworkInterfacesToCode(): void {
    new Policy(this, 'NoNetworkInterfacesByCode', {
      roles: [this.role],
      statements: [
        new PolicyStatement({
          effect: Effect.DENY,
          actions: NETWORK_INTERFACES,
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': this.function.functionArn } },
        }),
      ],
    });
  }
}
