import { synthesize as synthesizeAnew } from '../../local/synthesize.ts';
import { stacksWith } from './stacks.ts';

/** Stands in for the one of the local run: the synth of the test run serves whoever takes the app as it is by default. */
export const synthesize: typeof synthesizeAnew = async (relyingPartiesFile, shutdown, further = {}) => {
  const { SHARED_STACKS_FILE: stacksFile } = process.env;
  return stacksFile === undefined || further.sessionEndedEvents === true
    ? await synthesizeAnew(relyingPartiesFile, shutdown, further)
    : stacksWith(relyingPartiesFile, stacksFile, shutdown);
};
