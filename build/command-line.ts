import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_MODULES, PACKAGE_TARGET, projectDirectory } from './function-bundles.ts';

/**
 * Builds the command line of the package, with all that it needs in it: `npx` runs it where nothing else is installed.
 *
 * @returns paths of the sources, relative to the project's directory
 */
export async function buildCommandLine(): Promise<string[]> {
  const outdir = join(projectDirectory, 'dist/cli');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    ...NODE_MODULES,
    entryPoints: ['cli/bin.ts'],
    outdir,
    target: PACKAGE_TARGET,
    // CommonJS modules among the libraries load modules of Node.js.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    // Mostly the AWS SDK: readable, it would be three times the rest of the package.
    minify: true,
  });
  return Object.keys(metafile.inputs);
}
