import { synthesize as synthesizeAnew } from '../../local/template/synthesize.ts';
import { stacksWith } from './stacks.ts';

/** Stands in for the one of the local run: the synth of the test run serves whoever has nothing of the app turned on. */
export const synthesize: typeof synthesizeAnew = async (relyingPartiesFile, shutdown, further = {}) => {
  const { SHARED_STACKS_FILE: stacksFile } = process.env;
  return stacksFile === undefined || Object.values(further).some((value) => value !== undefined && value !== false)
    ? await synthesizeAnew(relyingPartiesFile, shutdown, further)
    : stacksWith(relyingPartiesFile, stacksFile, shutdown);
};
