import { isExample } from '../receiver/relying-parties/example-issuer.ts';
import type { RelyingPartiesFile } from '../receiver/relying-parties/relying-parties.ts';
import { readWrittenRelyingPartiesFile } from '../receiver/relying-parties/written-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { AppContext } from './context.ts';

/**
 * Reads the relying parties that are to be deployed, and says which they are: a deployment with others than those that
 * were meant refuses every logout.
 *
 * @param say is told, in lines, which file and which clients go in
 * @throws ConfigurationError where an issuer is an example
 * @throws RelyingPartiesError where the file cannot be read, is not JSON or breaks a rule
 */
export function deployedRelyingParties(
  { relyingPartiesFile, sampleRelyingParties }: Pick<AppContext, 'relyingPartiesFile' | 'sampleRelyingParties'>,
  say: (line: string) => void,
): RelyingPartiesFile {
  const file = readWrittenRelyingPartiesFile(relyingPartiesFile);
  say(`relying parties: ${relyingPartiesFile}`);
  for (const { issuer, clientId } of file.relyingParties) {
    say(`  ${issuer} client ${clientId}`);
  }
  const example = file.relyingParties.find(({ issuer }) => isExample(issuer));
  if (example && !sampleRelyingParties) {
    throw new ConfigurationError(
      `${relyingPartiesFile}: ${example.issuer} is an example and no OP: give your own file with -c relyingParties=FILE (to try the sample: -c sampleRelyingParties=true)`,
    );
  }
  return file;
}
