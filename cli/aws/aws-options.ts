import { Option } from '@commander-js/extra-typings';

/** What a command is told of AWS. */
export interface AwsOptions {
  /** The receiver's stack. */
  readonly stack: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** What all clients of the AWS SDK are made with. */
export interface AwsConfiguration {
  readonly region?: string;
  readonly profile?: string;
  readonly maxAttempts: number;
  readonly requestHandler: typeof TIMEOUTS;
}

/** In milliseconds. By itself, the SDK waits for an answer for ever. */
const TIMEOUTS = { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true };

export const stackOption = new Option(
  '--stack <name>',
  "the receiver's stack: with a stage <stage>-LogoutReceiver; or the stack of your own that holds the construct",
).default('LogoutReceiver');

export const regionOption = new Option(
  '--region <name>',
  'AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, or that of the profile)',
);

export const profileOption = new Option('--profile <name>', 'profile of the AWS configuration (default: AWS_PROFILE)');

/**
 * Takes region and profile as the AWS CLI does, of which the SDK knows all but `AWS_DEFAULT_REGION`.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
 */
export function awsConfiguration(
  { region, profile }: Pick<AwsOptions, 'region' | 'profile'>,
  environment: NodeJS.ProcessEnv,
): AwsConfiguration {
  const wanted = region ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION);
  return {
    ...(wanted && { region: wanted }),
    ...(profile !== undefined && { profile }),
    maxAttempts: 3,
    requestHandler: TIMEOUTS,
  };
}
