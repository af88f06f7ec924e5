import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType } from 'aws-cdk-lib';
import { type AssetCode, Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/**
 * The code of a function: its handler and all that it imports in one file, and further files beside it.
 *
 * By esbuild in this process: `NodejsFunction` starts npm for each function, which takes longer than the bundling.
 *
 * @param folder in functions/ that holds the handler
 * @param files paths of further files, by their names in the bundle
 */
export function handlerBundle(folder: string, files: Readonly<Record<string, string>>): AssetCode {
  const directory = fileURLToPath(new URL(`../../functions/${folder}`, import.meta.url));
  return Code.fromAsset(directory, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // The CDK demands one, for what cannot be bundled without Docker.
      image: Runtime.NODEJS_24_X.bundlingImage,
      local: {
        tryBundle(outputDirectory) {
          buildSync({
            entryPoints: [join(directory, 'handler.ts')],
            outfile: join(outputDirectory, 'index.mjs'),
            bundle: true,
            platform: 'node',
            format: 'esm',
            target: 'node24',
            mainFields: ['module', 'main'],
            minify: true,
            logLevel: 'warning',
          });
          for (const [name, path] of Object.entries(files)) {
            copyFileSync(path, join(outputDirectory, name));
          }
          return true;
        },
      },
    },
  });
}
