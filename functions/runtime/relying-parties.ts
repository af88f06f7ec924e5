import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { type RelyingPartiesFile, readRelyingPartiesFile } from '../../receiver/relying-parties/relying-parties.ts';

const Environment = z.object({ RELYING_PARTIES_FILE: z.string() });

/**
 * Reads the relying parties file that is shipped in the function's bundle.
 *
 * @throws z.core.$ZodError where the variable is missing
 * @throws RelyingPartiesError where the file is not one that `cdk synth` lets through
 */
export function deployedRelyingParties(environment: NodeJS.ProcessEnv, bundleUrl: string): RelyingPartiesFile {
  const { RELYING_PARTIES_FILE } = Environment.parse(environment);
  return readRelyingPartiesFile(fileURLToPath(new URL(RELYING_PARTIES_FILE, bundleUrl)));
}
