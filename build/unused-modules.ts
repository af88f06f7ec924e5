import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import * as z from 'zod/mini';

const Package = z.object({ version: z.string() });

/** A module of the AWS SDK, and what stands in for it. */
interface ReplacedModule {
  /** All that it exports. */
  readonly names: readonly string[];
  readonly standIn: string;
}

/**
 * Modules that the functions would load and never use, by their paths in node_modules.
 *
 * `test/build/unused-modules.test.ts` holds them to the SDK that is installed.
 */
export const REPLACED_MODULES: Readonly<Record<string, ReplacedModule>> = {
  // Each client of DynamoDB makes one, and no operation asks it. With the libraries that it takes, it is 7 KB.
  '@aws-sdk/endpoint-cache/dist-es/EndpointCache.js': {
    names: ['EndpointCache'],
    standIn: 'export class EndpointCache {}',
  },
  // For a Node.js without node:crypto.
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': {
    names: ['Sha256Js'],
    standIn: 'export class Sha256Js {}',
  },
  // A function has no home directory with ~/.aws/config in it: its settings stand in its environment.
  '@smithy/core/dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js': {
    names: ['loadSharedConfigFiles'],
    standIn: `export { CONFIG_PREFIX_SEPARATOR } from './constants.js';
      export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  },
  // Lambda gives a function of Node.js its credentials in the environment. The other places where the SDK would look for
  // them are 110 KB in all.
  '@aws-sdk/credential-provider-node/dist-es/defaultProvider.js': {
    names: ['defaultProvider', 'credentialsWillNeedRefresh', 'credentialsTreatedAsExpired'],
    standIn: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  },
};

/** Leaves out of the bundles what is never used. */
export const unusedModules: Plugin = {
  name: 'unused-modules',
  setup(build) {
    for (const [path, { standIn }] of Object.entries(REPLACED_MODULES)) {
      const filter = new RegExp(`/node_modules/${path.replaceAll('.', '\\.')}$`);
      build.onLoad({ filter }, (loaded) => ({ contents: standIn, resolveDir: dirname(loaded.path) }));
    }
    // Of its own package a client tells the version, in the user agent.
    build.onLoad({ filter: /\/node_modules\/@aws-sdk\/[^/]+\/package\.json$/ }, async ({ path }) => ({
      contents: JSON.stringify({ version: Package.parse(JSON.parse(await readFile(path, 'utf8'))).version }),
      loader: 'json',
    }));
  },
};
