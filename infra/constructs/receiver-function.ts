import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
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
}

/**
 * Where Lambda unpacks bundles. Node.js reads the file once, when it starts, so only a variable of the function can name
 * it (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html, CA certificate loading).
 */
const EXTRA_CA_CERTIFICATES = { NODE_EXTRA_CA_CERTS: '/var/task/extra-ca.pem' };

/** A function of the receiver, with a role that may do nothing but write the function's own log. */
export class ReceiverFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ReceiverFunctionProps) {
    super(scope, id);
    const { settings, readsRelyingParties = false, fetchesKeys = false } = props;
    const { relyingPartiesJson, extraCaCertificates } = settings;
    this.logGroup = new LogGroup(this, 'LogGroup', {
      retention: settings.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: the one CDK makes carries AWSLambdaBasicExecutionRole, which may write to every log group.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(this.role);
    const extraCa = fetchesKeys ? extraCaCertificates : undefined;

    this.function = new LambdaFunction(this, 'Resource', {
      description: props.description,
      code: functionCode({
        ...(readsRelyingParties && { 'relying-parties.json': relyingPartiesJson }),
        ...(extraCa !== undefined && { 'extra-ca.pem': extraCa }),
      }),
      handler: `${props.folder}/index.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        ...props.environment,
        // In a file, not in a variable: Lambda allows 4 KB for all variables together, some forty relying parties.
        ...(readsRelyingParties && { RELYING_PARTIES_FILE: '../relying-parties.json' }),
        ...(extraCa !== undefined && EXTRA_CA_CERTIFICATES),
        POWERTOOLS_SERVICE_NAME: settings.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      },
    });
    Validations.of(this.function).acknowledge(
      {
        id: 'Serverless-LambdaDLQ',
        reason:
          'Lambda keeps in a dead-letter queue what was invoked asynchronously. That is the refresh of keys alone: the next run, five minutes later, does what one has failed to do. What queues and streams deliver has dead-letter queues of its own.',
      },
      {
        id: 'Serverless-LambdaTracing',
        reason:
          'X-Ray costs by the request, and needs a statement on all resources in each role. Logs and metrics say why.',
      },
    );
  }
}
