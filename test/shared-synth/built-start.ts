import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The modules of the project keep finding their files. */
const ownPlaces: Plugin = {
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

/** What tests start has no sample, whose libraries take long to load. */
const noSample: Plugin = {
  name: 'no sample',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/stage\/sample-run\.ts$/ }, ({ path }) => ({ path, external: true }));
  },
};

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
 * Builds what `npm start` runs into one file: to compile and load its modules one by one takes longer than all else that
 * it does, and tests start it often. It shares the synth of the test run.
 *
 * @param file where to; in a directory of the project, from which it finds esbuild
 */
export async function buildStart(file: string): Promise<void> {
  await build({
    absWorkingDir: project,
    entryPoints: ['local/start.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['esbuild'],
    plugins: [ownPlaces, sharedSynth, noSample],
    logLevel: 'warning',
  });
}
