import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { programOptions } from '../../build/programs.ts';

/** `npm start` uses the synth of the test run in place of its own. */
const sharedSynth: Plugin = {
  name: 'shared synth',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/template\/synthesize\.ts$/ }, () => ({
      path: fileURLToPath(new URL('./synthesize.ts', import.meta.url)),
    }));
  },
};

/**
 * Builds what `npm start` runs, as it is built for `npm start`, but that it shares the synth of the test run.
 *
 * @param directory where to; in a directory of the project, from which it finds esbuild
 * @returns path of the file that `npm start` runs
 */
export async function buildStart(directory: string): Promise<string> {
  const options = programOptions(directory);
  await build({ ...options, entryPoints: ['local/start.ts'], plugins: [sharedSynth, ...options.plugins] });
  return join(directory, 'start.mjs');
}
