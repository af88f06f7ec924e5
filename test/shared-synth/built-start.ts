import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
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

/** The libraries of the sample are loaded as they are, and only by who starts it. */
const librariesOfSample: Plugin = {
  name: 'libraries of the sample',
  setup({ onResolve }) {
    const { resolve } = createRequire(join(project, 'sample/'));
    onResolve({ filter: /^[^.]/ }, ({ path, importer }) => {
      if (!importer.startsWith(join(project, 'sample/'))) {
        return undefined;
      }
      // By its own name the package is found from inside alone.
      return { path: path.startsWith('logout-receiver/') ? pathToFileURL(resolve(path)).href : path, external: true };
    });
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
 * Builds what `npm start` runs into few files: to compile and load its modules one by one takes longer than all else that
 * it does, and tests start it often. It shares the synth of the test run.
 *
 * @param directory where to; in a directory of the project, from which it finds esbuild and the libraries of the sample
 * @returns path of the file that `npm start` runs
 */
export async function buildStart(directory: string): Promise<string> {
  await build({
    absWorkingDir: project,
    entryPoints: ['local/start.ts'],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['esbuild'],
    plugins: [ownPlaces, sharedSynth, librariesOfSample],
    logLevel: 'warning',
  });
  return join(directory, 'start.mjs');
}
