import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError } from './secret-error.ts';

const client = new SecretsManagerClient({
  maxAttempts: 2,
  // Two tries in well under the 2.5 s after which some OPs hang up.
  requestHandler: { connectionTimeout: 300, requestTimeout: 700, throwOnRequestTimeout: true },
});

/**
 * Reads the current value of a secret from AWS Secrets Manager.
 *
 * @param secretId name or ARN
 * @throws SecretError where it is binary, or whatever the SDK throws where it cannot be read
 */
export async function fetchSecret(secretId: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  if (SecretString === undefined) {
    throw new SecretError(`the secret ${secretId} is binary, not text`);
  }
  return SecretString;
}
