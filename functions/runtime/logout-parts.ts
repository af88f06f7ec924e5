import type { LogoutQueue } from '../../receiver/deferral/logout-queue.ts';
import { KeySource } from '../../receiver/jwks/key-source.ts';
import { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import type { LogoutParts } from '../../receiver/logout/logout.ts';
import type { RelyingPartiesSource } from '../../receiver/relying-parties/relying-parties-source.ts';
import { SecretSource } from '../../receiver/secrets/secret-source.ts';
import { dynamodbClient } from './dynamodb.ts';
import { variable } from './environment.ts';
import { countJwksEvent } from './jwks-metrics.ts';
import { deferredLogoutQueue, unverifiedLogoutQueue } from './logout-queue.ts';
import { deployedRelyingParties } from './relying-parties.ts';

/** What a function instance needs to carry out logouts, made once when it starts. */
export interface LogoutRuntime {
  readonly parts: Omit<LogoutParts, 'relyingParties'> & { readonly keys: KeySource };
  readonly relyingParties: RelyingPartiesSource;
  /** Keeps verified logouts. */
  readonly deferredLogouts: LogoutQueue;
  /** Keeps logouts that could not be verified yet. */
  readonly unverifiedLogouts: LogoutQueue;
}

/** Its client is loaded with the first secret: most deployments have none, and must not pay for it at every cold start. */
async function secretOf(secretId: string): Promise<string> {
  const { fetchSecret } = await import('../../receiver/secrets/secrets-manager.ts');
  return await fetchSecret(secretId);
}

/**
 * Makes the parts from the function's environment.
 *
 * @param isPatient whether the logouts that it carries out are kept already
 * @throws EnvironmentError where a variable is missing
 * @throws RelyingPartiesError where the file is not one that `cdk synth` lets through
 */
export async function logoutRuntime(
  environment: NodeJS.ProcessEnv,
  bundleUrl: string,
  isPatient: boolean,
): Promise<LogoutRuntime> {
  const client = dynamodbClient();
  const secrets = new SecretSource(secretOf);
  const parts = {
    keys: new KeySource(
      { client, tableName: variable(environment, 'JWKS_CACHE_TABLE_NAME') },
      { onEvent: countJwksEvent, isPatient },
    ),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: { client, tableName: variable(environment, 'SESSIONS_TABLE_NAME') },
  };
  return {
    parts,
    relyingParties: await deployedRelyingParties(environment, bundleUrl),
    deferredLogouts: deferredLogoutQueue(environment),
    unverifiedLogouts: unverifiedLogoutQueue(environment),
  };
}
