import { join } from 'node:path';
import { buildCommandLine } from './command-line.ts';
import { buildFunctionBundles, projectDirectory, sourcesOf } from './function-bundles.ts';
import { buildPackageModules } from './package-modules.ts';
import { writeThirdPartyNotices } from './third-party-notices.ts';

// `--functions` builds what is deployed alone, and only when it changed.
const bundles = await buildFunctionBundles();
if (!process.argv.includes('--functions')) {
  const sources = [...sourcesOf(bundles), ...(await buildPackageModules()), ...(await buildCommandLine())];
  writeThirdPartyNotices(projectDirectory, sources, join(projectDirectory, 'dist/THIRD_PARTY_NOTICES.txt'));
}
