import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { BenchError } from '../measured-parts.ts';

/** AWS's own runtime client, as it is in Lambda's Node.js images. */
const VERSION = '4.0.2';
const INTEGRITY = 'sha512-FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==';
/** How it loads its native part. */
const NATIVE_PART = 'cjsRequire("./rapid-client.node")';

const kept = fileURLToPath(new URL('../../node_modules/.cache/bench/', import.meta.url));
const Packed = z.tuple([z.object({ filename: z.string(), integrity: z.string() })]);

/**
 * Where the runtime client is on this machine: it is fetched once, from the npm registry. It is no dependency, because its
 * install script builds a native part, which takes CMake. An HTTP client takes that part's place.
 *
 * @returns path of the module to start
 * @throws BenchError where it cannot be had
 */
export async function runtimeClient(progress: (line: string) => void): Promise<string> {
  const directory = join(kept, `aws-lambda-ric-${VERSION}`);
  if (!existsSync(directory)) {
    progress(`fetching aws-lambda-ric ${VERSION}`);
    mkdirSync(kept, { recursive: true });
    const fetched = mkdtempSync(join(kept, 'fetched-'));
    try {
      renameSync(await fetchInto(fetched), directory);
    } finally {
      rmSync(fetched, { recursive: true, force: true });
    }
  }
  copyFileSync(fileURLToPath(new URL('rapid-client.cjs', import.meta.url)), join(directory, 'rapid-client.cjs'));
  return join(directory, 'index.mjs');
}

/** @returns the directory of the package */
async function fetchInto(directory: string): Promise<string> {
  const run = promisify(execFile);
  try {
    const flags = ['pack', '--json', '--ignore-scripts', `aws-lambda-ric@${VERSION}`];
    const { stdout } = await run('npm', flags, { cwd: directory, timeout: 120_000 });
    const [{ filename, integrity }] = Packed.parse(JSON.parse(stdout));
    if (integrity !== INTEGRITY) {
      throw new Error(`its integrity is ${integrity}`);
    }
    await run('tar', ['xzf', filename], { cwd: directory });
    useHttp(join(directory, 'package/index.mjs'));
    return join(directory, 'package');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
    throw new BenchError(
      `aws-lambda-ric ${VERSION} cannot be had from the npm registry, which is needed once: ${why}`,
      { cause },
    );
  }
}

function useHttp(module: string): void {
  const text = readFileSync(module, 'utf8');
  if (!text.includes(NATIVE_PART)) {
    throw new Error(`${dirname(module)} loads its native part in another way`);
  }
  writeFileSync(module, text.replace(NATIVE_PART, 'cjsRequire("./rapid-client.cjs")'));
}
