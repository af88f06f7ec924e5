import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { localAccount } from '../local-account.ts';
import { withLocalQueueUrls } from '../template/queue-urls.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** Where Lambda has the bundle. */
const LAMBDA_TASK_ROOT = '/var/task/';

/** Where the AWS SDK finds the services that run on this machine. */
export interface ServiceEndpoints {
  readonly dynamodb: string;
  /** Where the streams of tables are read. @default - `dynamodb` */
  readonly streams?: string;
  /** Without it, the function has no secrets to read. */
  readonly secretsManager?: string | undefined;
  /** Without it, there are no queues. */
  readonly sqs?: string | undefined;
  /** Without it, there are no event buses. */
  readonly eventBridge?: string | undefined;
}

/**
 * The whole environment of a function's process: what the template gives it, and what Lambda does.
 *
 * @param now when the process starts, in milliseconds since the epoch
 */
export function lambdaEnvironment(
  lambda: LambdaFunction,
  { dynamodb, secretsManager, sqs, eventBridge }: ServiceEndpoints,
  now: number,
): Record<string, string> {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    ...templateEnvironment(lambda, sqs),
    AWS_ACCESS_KEY_ID: localAccount.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localAccount.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    ...(secretsManager && { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager }),
    ...(sqs && { AWS_ENDPOINT_URL_SQS: sqs }),
    ...(eventBridge && { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge }),
    AWS_REGION: localAccount.region,
    AWS_DEFAULT_REGION: localAccount.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${lambda.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: lambda.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${lambda.memoryMegabytes}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: lambda.logFormat,
    ...(lambda.logLevel && { AWS_LAMBDA_LOG_LEVEL: lambda.logLevel }),
    AWS_LAMBDA_LOG_GROUP_NAME: lambda.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
    LAMBDA_TASK_ROOT: lambda.directory,
    _HANDLER: lambda.handler,
  };
}

function templateEnvironment(
  { environment, directory }: LambdaFunction,
  sqs: string | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const local = value.startsWith(LAMBDA_TASK_ROOT) ? join(directory, value.slice(LAMBDA_TASK_ROOT.length)) : value;
      return [name, sqs === undefined ? local : withLocalQueueUrls(local, sqs)];
    }),
  );
}
