import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { NODE_MODULES, PACKAGE_TARGET, projectDirectory } from './function-bundles.ts';
import { digestOf, originFile, programsDirectory } from './program.mjs';

/** What `build/launch.mjs` runs: the build of the functions, the CDK app, and the local run. */
const PROGRAMS = ['build/functions.ts', 'infra/app.ts', 'local/start.ts'];

/** How they are built, beside their sources. */
const BUILT_BY = [
  'build/program.mjs',
  'build/programs.ts',
  'build/function-bundles.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

const KEPT_MILLISECONDS = 24 * 3600 * 1000;

/** The modules of the project keep finding their files, also where the project's directory is moved to. */
function ownPlaces(outdir: string): Plugin {
  return {
    name: 'own places',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const ownUrl = `new URL(${JSON.stringify(encodeURI(relative(outdir, path)))}, import.meta.url).href`;
        return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', ownUrl), loader: 'ts' };
      });
    },
  };
}

const CDK = 'cdk';

/** The CDK's library loads a service when it is first used. A named import of an ES module would load all of them. */
const lazyCdk: Plugin = {
  name: 'lazy CDK',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(aws-cdk-lib|constructs)(\/|$)/ }, ({ path, namespace }) =>
      namespace === CDK ? { path, external: true } : { path, namespace: CDK },
    );
    onLoad({ filter: /^/, namespace: CDK }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

/**
 * How a program is built.
 *
 * @param outdir absolute path; only directories beside it can take its place
 */
export function programOptions(outdir: string) {
  return {
    ...NODE_MODULES,
    outdir,
    target: PACKAGE_TARGET,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    external: ['cdk-nag', 'esbuild'],
    plugins: [ownPlaces(outdir), lazyCdk],
    // CommonJS modules among the libraries load modules of Node.js.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    sourcemap: 'linked',
    sourcesContent: false,
  } satisfies BuildOptions;
}

/** Builds all programs that `build/launch.mjs` runs. */
export async function buildPrograms(): Promise<void> {
  await Promise.all(PROGRAMS.map(buildProgram));
}

/**
 * Builds a program into a directory of its own: one that runs may load more of what it was built to.
 *
 * @param source relative to the project's directory
 */
async function buildProgram(source: string): Promise<void> {
  mkdirSync(programsDirectory, { recursive: true });
  const unfinished = join(programsDirectory, `unfinished-${randomUUID()}`);
  try {
    const { digest, inputs } = await buildInto(unfinished, source);
    const directory = join(programsDirectory, digest.slice(0, 16));
    // Another start may have built the same.
    if (!existsSync(directory)) {
      renameSync(unfinished, directory);
    }
    const file = relative(projectDirectory, join(directory, basename(source).replace('.ts', '.mjs')));
    // Whoever starts it meanwhile finds the whole of the old one or of this one.
    writeFileSync(`${unfinished}.json`, JSON.stringify({ file, digest, inputs }));
    renameSync(`${unfinished}.json`, originFile(source));
    removeOld(directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function buildInto(outdir: string, source: string): Promise<{ digest: string; inputs: string[] }> {
  const started = Date.now();
  const { metafile } = await build({ ...programOptions(outdir), entryPoints: [source] });
  const files = Object.keys(metafile.inputs).filter((input) => !input.startsWith(`${CDK}:`));
  const inputs = [...files, ...BUILT_BY].sort();
  // Somebody saved a file while it was built: whether the old or the new one was read is not known.
  const changes = inputs.map((input) => statSync(join(projectDirectory, input)).mtimeMs);
  const finished = Date.now();
  return changes.some((change) => change >= started && change <= finished)
    ? await buildInto(outdir, source)
    : { digest: digestOf(inputs), inputs };
}

/** Those that were built more than a day ago: one that runs may still load more of its own. */
function removeOld(current: string): void {
  for (const name of readdirSync(programsDirectory)) {
    const path = join(programsDirectory, name);
    const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (path !== current && mtimeMs < Date.now() - KEPT_MILLISECONDS && !name.endsWith('.json')) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

const [, script, source] = process.argv;
if (script?.endsWith('programs.ts') && source !== undefined) {
  await buildProgram(source);
}
