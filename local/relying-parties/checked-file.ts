import { type RelyingPartiesFile, secretIdsOf } from '../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { SHIPPED_FILE, shippedText } from '../../receiver/relying-parties/shipped-relying-parties.ts';
import { deploymentWarnings, readWrittenRelyingPartiesFile } from '../../receiver/relying-parties/written-file.ts';
import type { RunningCode } from '../functions/running-code.ts';
import { requireSecrets } from '../secrets/secrets-manager.ts';
import type { StartOptions } from '../start-options.ts';

/**
 * Reads the relying parties that the functions are to have.
 *
 * @param warn is told, in one line, what may be a mistake
 * @throws RelyingPartiesError
 */
export function checkedRelyingParties(
  path: string,
  { frontchannelLogout }: Pick<StartOptions, 'frontchannelLogout'>,
  warn: (line: string) => void,
): RelyingPartiesFile {
  const file = readWrittenRelyingPartiesFile(path);
  for (const warning of deploymentWarnings(file.relyingParties, frontchannelLogout)) {
    warn(`warning: ${warning}`);
  }
  return file;
}

/**
 * Has the functions start anew with the relying parties of another file, as a deployment does.
 *
 * @throws RelyingPartiesError, StartupError or SecretsFileError: then nothing has changed
 */
export function useRelyingParties(
  path: string,
  options: Pick<StartOptions, 'frontchannelLogout' | 'secretsFile'>,
  code: RunningCode,
  warn: (line: string) => void,
): readonly RelyingParty[] {
  const file = checkedRelyingParties(path, options, warn);
  requireSecrets({ ...options, relyingPartiesFile: path }, secretIdsOf(file.relyingParties));
  code.replace(SHIPPED_FILE, shippedText(file));
  return file.relyingParties;
}
