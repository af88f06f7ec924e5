import { fileURLToPath } from 'node:url';
import {
  bundledRelyingParties,
  type RelyingPartiesSource,
} from '../../receiver/relying-parties/relying-parties-source.ts';
import { readShippedRelyingParties } from '../../receiver/relying-parties/shipped-relying-parties.ts';

/**
 * The relying parties that the function's environment names: those of the file that is shipped in its bundle, or those that
 * AWS AppConfig has. What AppConfig takes is loaded only where it is used.
 *
 * @throws Error where a variable is missing
 * @throws RelyingPartiesError where the file is not as `cdk synth` of this version wrote it
 */
export async function deployedRelyingParties(
  environment: NodeJS.ProcessEnv,
  bundleUrl: string,
): Promise<RelyingPartiesSource> {
  if (environment.RELYING_PARTIES_PROFILE_ID !== undefined) {
    const { appConfigRelyingParties } = await import('./appconfig-relying-parties.ts');
    return await appConfigRelyingParties(environment);
  }
  const { RELYING_PARTIES_FILE } = environment;
  if (RELYING_PARTIES_FILE === undefined) {
    throw new Error('RELYING_PARTIES_FILE is not set');
  }
  return bundledRelyingParties(readShippedRelyingParties(fileURLToPath(new URL(RELYING_PARTIES_FILE, bundleUrl))));
}
