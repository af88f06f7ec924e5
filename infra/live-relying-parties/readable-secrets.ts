import { secretIdsOf } from '../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { isSecretId } from '../../receiver/relying-parties/relying-party-input.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { LiveRelyingPartiesProps } from './live-relying-parties-props.ts';

/**
 * The secrets that the functions may read.
 *
 * @param path of the construct, for messages
 * @throws ConfigurationError where those that are given are no names or ARNs, are not needed, or lack one
 */
export function readableSecrets(
  path: string,
  relyingParties: readonly RelyingParty[],
  { relyingPartiesInAppConfig = false, secretIds }: LiveRelyingPartiesProps,
): readonly string[] {
  const named = secretIdsOf(relyingParties);
  if (secretIds === undefined) {
    return named;
  }
  if (!relyingPartiesInAppConfig) {
    throw new ConfigurationError(
      `${path}: secretIds: found ${secretIds.join(', ')}, allowed: only with relyingPartiesInAppConfig`,
    );
  }
  const noSecret = secretIds.find((secretId) => !isSecretId(secretId));
  if (noSecret !== undefined) {
    throw new ConfigurationError(
      `${path}: secretIds: found ${JSON.stringify(noSecret)}, allowed: names and complete ARNs of secrets`,
    );
  }
  const missing = named.filter((secretId) => !secretIds.includes(secretId));
  if (missing.length > 0) {
    throw new ConfigurationError(
      `${path}: secretIds: found ${secretIds.join(', ')}, allowed: all that the relying parties name, ${missing.join(', ')} too`,
    );
  }
  return secretIds;
}
