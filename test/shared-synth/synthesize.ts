import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { synthesize as synthesizeAnew } from '../../local/template/synthesize.ts';
import { stacksJson, stacksWith } from './stacks.ts';

const ownRelyingParties = fileURLToPath(new URL('../../relying-parties.json', import.meta.url));

/**
 * Stands in for the one of the local run: the synth of the test run serves whoever has nothing of the app turned on. With
 * something turned on, the synth is kept for later test runs: the relying parties in it are those of the project.
 */
export const synthesize: typeof synthesizeAnew = async (relyingPartiesFile, shutdown, further = {}) => {
  const { SHARED_STACKS_FILE: stacksFile } = process.env;
  if (stacksFile === undefined) {
    return await synthesizeAnew(relyingPartiesFile, shutdown, further);
  }
  const isDefault = Object.values(further).every((value) => value === undefined || value === false);
  const stacks = isDefault
    ? readFileSync(stacksFile, 'utf8')
    : stacksJson(await synthesizeAnew(ownRelyingParties, shutdown, further));
  return stacksWith(relyingPartiesFile, stacks, shutdown);
};
