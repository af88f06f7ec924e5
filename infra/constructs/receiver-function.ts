import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionCode } from './function-code.ts';

export interface ReceiverFunctionProps {
  /** Folder in functions/ that holds the handler. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Path of the relying parties file, which is shipped with the bundles. It must have been validated.
   * @default - the function needs none
   */
  readonly relyingPartiesFile?: string;
  /**
   * Path of a checked PEM file of certificates to trust beside the usual ones, which is shipped with the bundles.
   * @default - none
   */
  readonly extraCaFile?: string;
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

  constructor(scope: Construct, id: string, props: ReceiverFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'LogGroup', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: the one CDK makes carries AWSLambdaBasicExecutionRole, which may write to every log group.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);

    this.function = new LambdaFunction(this, 'Resource', {
      description: props.description,
      code: functionCode({
        ...(props.relyingPartiesFile !== undefined && { 'relying-parties.json': props.relyingPartiesFile }),
        ...(props.extraCaFile !== undefined && { 'extra-ca.pem': props.extraCaFile }),
      }),
      handler: `${props.folder}/index.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        ...props.environment,
        // In a file, not in a variable: Lambda allows 4 KB for all variables together, some forty relying parties.
        ...(props.relyingPartiesFile && { RELYING_PARTIES_FILE: '../relying-parties.json' }),
        ...(props.extraCaFile && EXTRA_CA_CERTIFICATES),
        POWERTOOLS_SERVICE_NAME: 'logout-receiver',
        POWERTOOLS_METRICS_NAMESPACE: 'LogoutReceiver',
      },
    });
  }
}
