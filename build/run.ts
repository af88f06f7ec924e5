import { join } from 'node:path';
import { buildCommandLine } from './command-line.ts';
import { buildFunctionBundles, projectDirectory, sourcesOf } from './function-bundles.ts';
import { buildPackageModules } from './package-modules.ts';
import { buildPrograms } from './programs.ts';
import { writeThirdPartyNotices } from './third-party-notices.ts';

const bundles = await buildFunctionBundles();
const sources = [...sourcesOf(bundles), ...(await buildPackageModules()), ...(await buildCommandLine())];
writeThirdPartyNotices(projectDirectory, sources, join(projectDirectory, 'dist/THIRD_PARTY_NOTICES.txt'));
// Last: the sample is an application, and imports the modules of the package.
await buildPrograms();
