import { createHash } from 'node:crypto';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileSystem } from 'aws-cdk-lib';
import { type AssetCode, Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { ConfigurationError } from '../configuration-error.ts';

/** The fingerprint of the bundles, which are the same for all functions. */
let fingerprint: string | undefined;
const bundles = fileURLToPath(new URL('../../dist/functions', import.meta.url));

/**
 * The code of the functions: the bundles of all, as they were built with the package, and further files beside them.
 *
 * One directory for all functions: what they share is in it once, is uploaded once, and each loads its own part only.
 *
 * @param files texts of further files, by their names in the directory
 * @throws ConfigurationError where the bundles were not built
 */
export function functionCode(files: Readonly<Record<string, string>>): AssetCode {
  if (!existsSync(bundles)) {
    throw new ConfigurationError(`${bundles}: the functions are not built: npm run build`);
  }
  return Code.fromAsset(bundles, {
    // By ourselves: the CDK stages a directory once for all that ask alike, and does not see that the files differ.
    assetHash: digestOf(files),
    bundling: {
      // The CDK demands one, for what cannot be bundled without Docker.
      image: Runtime.NODEJS_24_X.bundlingImage,
      local: {
        tryBundle(outputDirectory) {
          cpSync(bundles, outputDirectory, { recursive: true });
          for (const [name, text] of Object.entries(files)) {
            writeFileSync(join(outputDirectory, name), text);
          }
          return true;
        },
      },
    },
  });
}

function digestOf(files: Readonly<Record<string, string>>): string {
  fingerprint ??= FileSystem.fingerprint(bundles);
  const hash = createHash('sha256').update(fingerprint);
  for (const [name, text] of Object.entries(files)) {
    hash.update(`${name}\n`).update(text);
  }
  return hash.digest('hex');
}
