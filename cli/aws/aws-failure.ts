import { FailedError } from '../command-error.ts';

/** By the names of errors, which are those of the services: one line that says what to do. */
const EXPLANATIONS: readonly [name: RegExp, explain: (message: string) => string][] = [
  [
    /^(Credentials|Token)ProviderError$/,
    (message) =>
      /any providers/.test(message)
        ? 'no AWS credentials: sign in (aws sso login), name a profile (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
        : `no AWS credentials: ${firstLine(message)}`,
  ],
  [
    /Expired|InvalidClientTokenId|Signature|UnrecognizedClient/,
    (message) =>
      `AWS does not take the credentials: ${firstLine(message)}; sign in again, and see whether the clock is right`,
  ],
  [/AccessDenied|AuthorizationError|UnauthorizedOperation/, (message) => `not allowed: ${firstLine(message)}`],
  [/NonExistentQueue|QueueDoesNotExist|ResourceNotFound/, (message) => `it is not there: ${firstLine(message)}`],
  [
    /Throttl|RequestLimitExceeded|TooManyRequests/,
    () => 'AWS takes no more requests for the moment: try again in a minute',
  ],
];

/** Of the system and of TLS; Node's own codes for mistakes of a program begin with `ERR_` too. */
const NETWORK_CODES = /^(E(?!RR_)|ERR_(TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

const NO_REGION = 'no AWS region: name it (--region, AWS_REGION), or set it in the profile';

const NO_SUCH_REGION = 'no AWS region has such a name: see --region, AWS_REGION and the profile';

/**
 * What has failed at AWS, and what to do about it, in one line.
 *
 * @returns undefined where nobody foresaw the error
 */
export function awsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const { name, message } = error;
  if (message === 'Region is missing') {
    return NO_REGION;
  }
  if (message.startsWith('Region not accepted')) {
    return NO_SUCH_REGION;
  }
  const explain = EXPLANATIONS.find(([pattern]) => pattern.test(name))?.[1];
  return (
    explain?.(message) ?? (isOfService(error) ? `AWS refuses: ${name}: ${firstLine(message)}` : networkFailure(error))
  );
}

/**
 * Waits for what AWS answers.
 *
 * @throws FailedError where it fails as everyone may see it fail: no credentials, no region, no permission, no network
 */
export async function inPlainWords<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    const failure = awsFailure(error);
    throw failure === undefined ? error : new FailedError(failure, { cause: error });
  }
}

function isOfService(error: Error): boolean {
  return '$fault' in error;
}

/** A region that does not exist has no address. */
function networkFailure(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `AWS cannot be found: ${error.message}; is the region right, and is there a network?`;
  }
  return NETWORK_CODES.test(code ?? '') || error.name === 'TimeoutError'
    ? `AWS cannot be reached: ${code ?? error.name}`
    : undefined;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/\.$/, '') ?? '';
}
