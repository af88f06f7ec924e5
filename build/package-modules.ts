import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_MODULES, PACKAGE_TARGET, projectDirectory } from './function-bundles.ts';

/** By the path in dist/ that it gets there: what `exports` of package.json names, and the CDK app. */
const MODULES = {
  'infra/app': 'infra/packaged-app.ts',
  'infra/index': 'infra/index.ts',
  'receiver/logout/reasons': 'receiver/logout/reasons.ts',
  'relying-party/express-session/index': 'relying-party/express-session/index.ts',
  'relying-party/logout-url/index': 'relying-party/logout-url/index.ts',
  'relying-party/sessions/index': 'relying-party/sessions/index.ts',
};

/**
 * Builds the modules that the package exports, with their types.
 *
 * The small parts that they take from zod and jose go in: as dependencies the two bring 9 MB. The AWS SDK and the CDK
 * stay out, since an application has its own. Not minified: whoever wonders what runs in an application can read it.
 *
 * @returns paths of the sources, relative to the project's directory
 */
export async function buildPackageModules(): Promise<string[]> {
  for (const folder of ['infra', 'receiver', 'relying-party', 'shared']) {
    rmSync(join(projectDirectory, 'dist', folder), { recursive: true, force: true });
  }
  const { metafile } = await build({
    ...NODE_MODULES,
    entryPoints: Object.entries(MODULES).map(([out, path]) => ({ in: path, out })),
    outdir: 'dist',
    target: PACKAGE_TARGET,
    external: ['@aws-sdk/*', 'aws-cdk-lib', 'constructs'],
  });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: projectDirectory,
    stdio: 'inherit',
  });
  return Object.keys(metafile.inputs);
}
