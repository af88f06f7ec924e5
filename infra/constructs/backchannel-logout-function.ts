import { fileURLToPath } from 'node:url';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface BackchannelLogoutFunctionProps {
  readonly sessionsTable: ITableV2;
  readonly jwksCacheTable: ITableV2;
  /** Path of the relying parties file, which is shipped inside the bundle. It must have been validated. */
  readonly relyingPartiesFile: string;
  /** Names or ARNs of the secrets that the function may read. */
  readonly secretIds: readonly string[];
}

/** The function that judges logout requests and ends the sessions in their scope. */
export class BackchannelLogoutFunction extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: BackchannelLogoutFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'LogGroup', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own: the one CDK makes carries AWSLambdaBasicExecutionRole, which may write to every log group.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    this.function = new NodejsFunction(this, 'Resource', {
      description: 'Receives OpenID Connect back-channel logout requests and ends sessions',
      entry: projectPath('functions/backchannel-logout/handler.ts'),
      projectRoot: projectPath('.'),
      depsLockFilePath: projectPath('package-lock.json'),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(10),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        SESSIONS_TABLE_NAME: props.sessionsTable.tableName,
        JWKS_CACHE_TABLE_NAME: props.jwksCacheTable.tableName,
        // In the bundle, not in a variable: Lambda allows 4 KB for all variables together, some forty relying parties.
        RELYING_PARTIES_FILE: 'relying-parties.json',
        POWERTOOLS_SERVICE_NAME: 'logout-receiver',
        POWERTOOLS_METRICS_NAMESPACE: 'LogoutReceiver',
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        bundleAwsSDK: true,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (_inputDir, outputDir) => [
            `cp ${shellQuoted(props.relyingPartiesFile)} ${shellQuoted(`${outputDir}/relying-parties.json`)}`,
          ],
        },
      },
    });

    // Exactly what ending sessions takes: write markers, query pointers, delete. No reads of sessions, no scans.
    props.sessionsTable.grant(role, 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:DeleteItem');
    props.jwksCacheTable.grant(role, 'dynamodb:GetItem', 'dynamodb:PutItem');
    if (props.secretIds.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'],
          resources: props.secretIds.map((secretId) => this.#secretArn(secretId)),
        }),
      );
    }
  }

  /** Secrets Manager puts a hyphen and six characters behind the name, which nobody knows before the secret is there. */
  #secretArn(secretId: string): string {
    return secretId.startsWith('arn:')
      ? secretId
      : Stack.of(this).formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${secretId}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        });
  }
}

function projectPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
