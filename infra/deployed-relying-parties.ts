import { isExample } from '../receiver/relying-parties/example-issuer.ts';
import type { RelyingParty } from '../receiver/relying-parties/relying-party.ts';
import {
  frontchannelWarnings,
  readWrittenRelyingPartiesFile,
  warningsAbout,
} from '../receiver/relying-parties/written-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { AppContext } from './context.ts';

/**
 * Reads the relying parties that are to be deployed, and says which they are: a deployment with others than those that
 * were meant refuses every logout.
 *
 * @param say is told, in lines, which file and which clients go in, and what may be a mistake
 * @throws ConfigurationError where an issuer is an example
 * @throws RelyingPartiesError where the file cannot be read, is not JSON or breaks a rule
 */
export function deployedRelyingParties(
  {
    relyingPartiesFile,
    sampleRelyingParties,
    frontchannelLogout,
  }: Pick<AppContext, 'relyingPartiesFile' | 'sampleRelyingParties' | 'frontchannelLogout'>,
  say: (line: string) => void,
): readonly RelyingParty[] {
  const { relyingParties } = readWrittenRelyingPartiesFile(relyingPartiesFile);
  say(`relying parties: ${relyingPartiesFile}`);
  for (const { issuer, clientId } of relyingParties) {
    say(`  ${issuer} client ${clientId}`);
  }
  const example = relyingParties.find(({ issuer }) => isExample(issuer));
  if (example && !sampleRelyingParties) {
    throw new ConfigurationError(
      `${relyingPartiesFile}: ${example.issuer} is an example and no OP: give your own file with -c relyingParties=FILE (to try the sample: -c sampleRelyingParties=true)`,
    );
  }
  for (const warning of [
    ...warningsAbout(relyingParties),
    ...frontchannelWarnings(relyingParties, frontchannelLogout),
  ]) {
    say(`warning: ${warning}`);
  }
  return relyingParties;
}
