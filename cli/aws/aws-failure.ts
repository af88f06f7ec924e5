import { FailedError } from '../command-error.ts';

/** By the names of errors, which are those of the services: one line that says what to do. */
const EXPLANATIONS: readonly [names: readonly string[], explain: (message: string) => string][] = [
  [
    ['CredentialsProviderError', 'TokenProviderError'],
    (message) =>
      /profile/i.test(message) || /sso|login|token/i.test(message)
        ? `no AWS credentials: ${firstLine(message)}`
        : 'no AWS credentials: sign in (aws sso login), name a profile (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    [
      'ExpiredToken',
      'ExpiredTokenException',
      'IncompleteSignature',
      'InvalidClientTokenId',
      'InvalidSignatureException',
      'RequestExpired',
      'SignatureDoesNotMatch',
      'UnrecognizedClientException',
    ],
    (message) =>
      `AWS does not take the credentials: ${firstLine(message)}; sign in again, and see whether the clock is right`,
  ],
  [
    ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'KmsAccessDenied', 'UnauthorizedOperation'],
    (message) => `not allowed: ${firstLine(message)}`,
  ],
  [
    ['NonExistentQueue', 'QueueDoesNotExist', 'ResourceNotFoundException'],
    (message) => `it is not there: ${firstLine(message)}`,
  ],
  [
    ['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'RequestThrottled', 'TooManyRequestsException'],
    () => 'AWS takes no more requests for the moment: try again in a minute',
  ],
];

const NO_REGION = 'no AWS region: name it (--region, AWS_REGION), or set it in the profile';

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
  const explain = EXPLANATIONS.find(([names]) => names.includes(name))?.[1];
  return explain?.(message) ?? networkFailure(error);
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

/** A region that does not exist has no address. */
function networkFailure(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `AWS cannot be found: ${error.message}; is the region right, and is there a network?`;
  }
  return code?.startsWith('E') || error.name === 'TimeoutError'
    ? `AWS cannot be reached: ${code ?? error.name}`
    : undefined;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/\.$/, '') ?? '';
}
