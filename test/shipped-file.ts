import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRelyingParties } from '../receiver/relying-parties/relying-parties.ts';
import { SHIPPED_FILE, shippedText } from '../receiver/relying-parties/shipped-relying-parties.ts';

/**
 * Writes relying parties as `cdk synth` ships them with the functions.
 *
 * @returns the path of the file
 */
export function writeShippedFile(directory: string, relyingParties: readonly object[]): string {
  const path = join(directory, SHIPPED_FILE);
  writeFileSync(path, shippedText(checkRelyingParties({ relyingParties }, path)));
  return path;
}
