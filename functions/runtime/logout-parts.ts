import * as z from 'zod/mini';
import type { LogoutQueue } from '../../receiver/deferral/logout-queue.ts';
import { KeySource } from '../../receiver/jwks/key-source.ts';
import { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import type { LogoutParts } from '../../receiver/logout/logout.ts';
import type { RelyingPartiesSource } from '../../receiver/relying-parties/relying-parties-source.ts';
import { SecretSource } from '../../receiver/secrets/secret-source.ts';
import { fetchSecret } from '../../receiver/secrets/secrets-manager.ts';
import { dynamodbClient } from './dynamodb.ts';
import { countJwksEvent } from './jwks-metrics.ts';
import { deferredLogoutQueue, unverifiedLogoutQueue } from './logout-queue.ts';
import { deployedRelyingParties } from './relying-parties.ts';

const Environment = z.object({
  SESSIONS_TABLE_NAME: z.string(),
  JWKS_CACHE_TABLE_NAME: z.string(),
});

/** What a function instance needs to carry out logouts, made once when it starts. */
export interface LogoutRuntime {
  readonly parts: Omit<LogoutParts, 'relyingParties'>;
  readonly relyingParties: RelyingPartiesSource;
  /** Keeps verified logouts. */
  readonly deferredLogouts: LogoutQueue;
  /** Keeps logouts that could not be verified yet. */
  readonly unverifiedLogouts: LogoutQueue;
}

/**
 * Makes the parts from the function's environment.
 *
 * @param isPatient whether the logouts that it carries out are kept already
 * @throws z.core.$ZodError where a variable is missing
 * @throws RelyingPartiesError where the file is not one that `cdk synth` lets through
 */
export async function logoutRuntime(
  environment: NodeJS.ProcessEnv,
  bundleUrl: string,
  isPatient: boolean,
): Promise<LogoutRuntime> {
  const names = Environment.parse(environment);
  const client = dynamodbClient();
  const secrets = new SecretSource(fetchSecret);
  const parts = {
    keys: new KeySource({ client, tableName: names.JWKS_CACHE_TABLE_NAME }, { onEvent: countJwksEvent, isPatient }),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: { client, tableName: names.SESSIONS_TABLE_NAME },
  };
  return {
    parts,
    relyingParties: await deployedRelyingParties(environment, bundleUrl),
    deferredLogouts: deferredLogoutQueue(environment),
    unverifiedLogouts: unverifiedLogoutQueue(environment),
  };
}
