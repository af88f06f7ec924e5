import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import * as z from 'zod/mini';

const Package = z.object({ version: z.string() });

/**
 * Modules of the AWS SDK that the functions load and never use, by their paths in node_modules, and the class that each
 * exports.
 *
 * `test/build/unused-modules.test.ts` holds them to the SDK that is installed.
 */
export const UNUSED_MODULES: Readonly<Record<string, string>> = {
  // Each client of DynamoDB makes one, and no command looks into it. With the libraries that it takes, it is 7 KB.
  '@aws-sdk/endpoint-cache/dist-es/EndpointCache.js': 'EndpointCache',
  // For a Node.js without node:crypto.
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': 'Sha256Js',
};

/** Leaves out of the bundles what is never used: an empty class stands in for each of the modules. */
export const unusedModules: Plugin = {
  name: 'unused-modules',
  setup(build) {
    for (const [path, name] of Object.entries(UNUSED_MODULES)) {
      build.onLoad({ filter: new RegExp(`/node_modules/${path.replaceAll('.', '\\.')}$`) }, () => ({
        contents: `export class ${name} {}`,
      }));
    }
    build.onLoad(
      { filter: /\/node_modules\/@aws-sdk\/credential-provider-node\/dist-es\/defaultProvider\.js$/ },
      () => ({
        contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      }),
    );
    // Of its own package a client tells the version, in the user agent.
    build.onLoad({ filter: /\/node_modules\/@aws-sdk\/[^/]+\/package\.json$/ }, async ({ path }) => ({
      contents: JSON.stringify({ version: Package.parse(JSON.parse(await readFile(path, 'utf8'))).version }),
      loader: 'json',
    }));
  },
};
