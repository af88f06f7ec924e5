import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError } from './secret-error.ts';

let client: SecretsManagerClient | undefined;

/**
 * Reads the current value of a secret from AWS Secrets Manager.
 *
 * The client is loaded with the first secret: most deployments have none, and must not pay for it at every cold start.
 *
 * @param secretId name or ARN
 * @throws SecretError where it is binary, or whatever the SDK throws where it cannot be read
 */
export async function fetchSecret(secretId: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  client ??= new SecretsManagerClient({
    maxAttempts: 2,
    // Two tries in well under the 2.5 s after which some OPs hang up.
    requestHandler: { connectionTimeout: 300, requestTimeout: 700, throwOnRequestTimeout: true },
  });
  const { SecretString }: GetSecretValueCommandOutput = await client.send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  if (SecretString === undefined) {
    throw new SecretError(`the secret ${secretId} is binary, not text`);
  }
  return SecretString;
}
