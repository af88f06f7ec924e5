import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, version } from 'esbuild';
import * as z from 'zod/mini';
import { builtinModules } from './builtin-modules.ts';
import { directImports } from './direct-imports.ts';
import { groupsIn, importsOfGroups, loadedTogether } from './loaded-together.ts';
import { unusedModules } from './unused-modules.ts';

export const projectDirectory = fileURLToPath(new URL('..', import.meta.url));

/** How all is built that runs on Node.js: one file for each entry, and what several share beside them. */
export const NODE_MODULES = {
  absWorkingDir: projectDirectory,
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** The oldest that the package runs on. */
export const PACKAGE_TARGET = 'node20.19';

/** The files that say how the bundles are built. */
const BUILD_FILES = ['builtin-modules', 'direct-imports', 'function-bundles', 'loaded-together', 'unused-modules'].map(
  (name) => `build/${name}.ts`,
);

/** What was built from what. The file beside the bundles' directory says when they must be built again. */
const Origin = z.object({ digest: z.string(), inputs: z.array(z.string()) });

/**
 * Bundles all functions, unless the bundles that are there were built from the same sources.
 *
 * One build for all, with code splitting: each function loads only what it needs, and a lazy import stays lazy. Nothing
 * in the bundles depends on the machine or on the directory of the project.
 *
 * @param directory is emptied; the bundle of a function is in the folder of its name, what several share beside them
 * @returns the directory
 */
export async function buildFunctionBundles(directory = join(projectDirectory, 'dist/functions')): Promise<string> {
  if (isUpToDate(directory)) {
    return directory;
  }
  rmSync(originFile(directory), { force: true });
  rmSync(directory, { recursive: true, force: true });
  const options = {
    ...NODE_MODULES,
    entryPoints: functionNames().map((name) => ({ in: sourceOf(name), out: `${name}/index` })),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    target: 'node24',
    minify: true,
    // Node.js prints the line of code that an uncaught error comes from.
    lineLimit: 300,
    // For stack traces. Without the sources themselves, which are public and four times the size of all the rest.
    sourcemap: 'linked',
    sourcesContent: false,
    // Modules without side effects are imported for nothing but to be in one file.
    logOverride: { 'ignored-bare-import': 'silent' },
  } as const satisfies BuildOptions;
  const asTheyCome = await build({
    ...options,
    plugins: [unusedModules, builtinModules, directImports()],
    write: false,
  });
  const groups = groupsIn(asTheyCome.metafile, functionNames().map(sourceOf));
  const { metafile } = await build({
    ...options,
    plugins: [
      loadedTogether(groups, projectDirectory),
      unusedModules,
      builtinModules,
      directImports((source) => importsOfGroups(groups, source)),
    ],
  });
  const inputs = Object.keys(metafile.inputs).filter(isFile).sort();
  writeFileSync(originFile(directory), JSON.stringify({ digest: digestOf(inputs), inputs }));
  return directory;
}

/** Paths of the sources that the bundles in the directory were built from, relative to the project's directory. */
export function sourcesOf(directory: string): readonly string[] {
  return Origin.parse(JSON.parse(readFileSync(originFile(directory), 'utf8'))).inputs;
}

/** The folders of functions/ that hold a handler. */
export function functionNames(): string[] {
  const directory = join(projectDirectory, 'functions');
  return readdirSync(directory).filter((name) => existsSync(join(directory, name, 'handler.ts')));
}

function sourceOf(name: string): string {
  return `functions/${name}/handler.ts`;
}

/** And none that a plugin makes. */
function isFile(input: string): boolean {
  return !/^(builtin|group):/.test(input);
}

function originFile(directory: string): string {
  return `${directory}.origin.json`;
}

function isUpToDate(directory: string): boolean {
  const file = originFile(directory);
  if (!existsSync(file) || !existsSync(directory)) {
    return false;
  }
  const { data } = Origin.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return data !== undefined && data.digest === digestOf(data.inputs);
}

/** Of the sources and of how they are built: the files that say so, and the version of esbuild. */
function digestOf(inputs: readonly string[]): string {
  const hash = createHash('sha256').update(version).update(functionNames().join());
  for (const input of [...BUILD_FILES, ...inputs]) {
    const path = resolve(projectDirectory, input);
    hash.update(`\n${input}\n`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('base64url');
}
