import { describe, expect, it } from 'vitest';
import { awsFailure, inPlainWords } from '../../../cli/aws/aws-failure.ts';

const failure = (name: string, message: string, code?: string) =>
  Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });

describe('what fails at AWS is said in one line', () => {
  it.each([
    [
      'no credentials',
      failure('CredentialsProviderError', 'Could not load credentials from any providers'),
      /^no AWS credentials: sign in/,
    ],
    [
      'a session that is over',
      failure(
        'CredentialsProviderError',
        'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.',
      ),
      /^no AWS credentials: The SSO session .* run aws sso login/,
    ],
    [
      'credentials that are over',
      failure('ExpiredTokenException', 'The security token is expired'),
      /^AWS does not take the credentials: The security token is expired;/,
    ],
    ['credentials that are wrong', failure('InvalidClientTokenId', 'invalid'), /^AWS does not take/],
    [
      'a clock that is wrong',
      failure('SignatureDoesNotMatch', 'Signature not yet current'),
      /see whether the clock is right$/,
    ],
    [
      'no permission',
      failure('AccessDeniedException', 'User: arn is not authorized to perform: lambda:GetFunction\nmore'),
      /^not allowed: User: .*lambda:GetFunction$/,
    ],
    ['no permission in SQS', failure('AccessDenied', 'Access denied.'), /^not allowed: Access denied$/],
    ['no permission for the key', failure('KmsAccessDenied', 'no'), /^not allowed/],
    [
      'what is gone',
      failure('ResourceNotFoundException', 'Function not found'),
      /^it is not there: Function not found$/,
    ],
    ['too many requests', failure('ThrottlingException', 'Rate exceeded'), /try again/],
    ['no region', new Error('Region is missing'), /^no AWS region/],
    [
      'a region whose name is no name',
      new Error('Region not accepted: region="eu/west" is not a valid hostname component.'),
      /^no AWS region has such a name/,
    ],
    [
      'no such region',
      failure('Error', 'getaddrinfo ENOTFOUND sqs.x.amazonaws.com', 'ENOTFOUND'),
      /is the region right/,
    ],
    ['no network', failure('Error', 'connect', 'ECONNREFUSED'), /^AWS cannot be reached: ECONNREFUSED$/],
    [
      'a certificate of nobody',
      failure('Error', 'self-signed', 'SELF_SIGNED_CERT_IN_CHAIN'),
      /^AWS cannot be reached: SELF_/,
    ],
    ['no answer', failure('TimeoutError', 'timed out'), /^AWS cannot be reached: TimeoutError$/],
  ])('%s', async (_case, error, said) => {
    expect(awsFailure(error)).toMatch(said);
    await expect(inPlainWords(Promise.reject(error))).rejects.toMatchObject({ name: 'FailedError', cause: error });
  });

  it.each([
    ['an error that nobody foresaw', new TypeError('x is not a function')],
    ['a mistake of ours', failure('TypeError', 'The "path" argument must be of type string', 'ERR_INVALID_ARG_TYPE')],
    ['what is no error', 'text'],
  ])('but for %s', async (_case, error) => {
    expect(awsFailure(error)).toBeUndefined();
    await expect(inPlainWords(Promise.reject(error))).rejects.toBe(error);
  });
});
