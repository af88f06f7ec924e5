import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Shutdown } from '../process/shutdown.ts';

const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;

/** All that a synthesis reads, beside the bundles and the files that the context names. */
const INPUTS = ['cdk.json', 'package-lock.json', 'infra', 'receiver/relying-parties'];

/**
 * A cloud assembly of the same app with the same context, from an earlier run or made now. To synthesize takes seconds,
 * and what it reads rarely changes. What nobody used for a week goes.
 *
 * @param bundles directory of the functions' bundles
 * @param context values of the app; what names a file stands for what the file holds
 * @param synthesizeInto makes the assembly
 * @returns its directory
 */
export async function keptAssembly(
  projectDirectory: string,
  bundles: string,
  context: Readonly<Record<string, unknown>>,
  synthesizeInto: (directory: string) => Promise<void>,
  shutdown: Shutdown,
): Promise<string> {
  const kept = join(projectDirectory, 'node_modules/.cache/logout-receiver');
  mkdirSync(kept, { recursive: true });
  const now = Date.now();
  const digest = digestOf(
    [...INPUTS.map((input) => join(projectDirectory, input)), bundles],
    projectDirectory,
    context,
  );
  const directory = join(kept, digest);
  if (existsSync(directory)) {
    utimesSync(directory, now / 1000, now / 1000);
    return directory;
  }
  for (const name of readdirSync(kept)) {
    const old = join(kept, name);
    // Another run may have renamed it by now.
    const usedAt = statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (usedAt < now - KEPT_MILLISECONDS) {
      rmSync(old, { recursive: true, force: true });
    }
  }
  const made = make(kept, directory, synthesizeInto);
  shutdown.onEnd(() => made.catch(() => undefined));
  await made;
  return directory;
}

/** Whoever finds an assembly must find all of it: it gets its name when it is complete. */
async function make(kept: string, directory: string, synthesizeInto: (to: string) => Promise<void>): Promise<void> {
  const unfinished = mkdtempSync(join(kept, `unfinished-${process.pid}-`));
  try {
    await synthesizeInto(unfinished);
    await rename(unfinished, directory);
  } catch (error) {
    // Another run may have been faster.
    if (!existsSync(directory)) {
      throw error;
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function digestOf(paths: readonly string[], base: string, context: Readonly<Record<string, unknown>>): string {
  const hash = createHash('sha256').update(process.version).update(JSON.stringify(context));
  const named = Object.values(context)
    .filter((value) => typeof value === 'string')
    .filter(isAbsolute);
  for (const path of [...paths, ...named].flatMap(filesIn)) {
    hash.update(`\n${relative(base, path)}\n`).update(readFileSync(path));
  }
  return hash.digest('base64url');
}

function filesIn(path: string): string[] {
  return statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesIn(join(path, name)))
    : [path];
}
