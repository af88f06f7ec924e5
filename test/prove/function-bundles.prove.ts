import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { buildFunctionBundles, projectDirectory } from '../../build/function-bundles.ts';

/** Paths of all files, relative to the directory. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(directory, path)).isFile())
    .sort();
}

it('the bundles of the functions have the same bytes wherever and whenever they are built', async () => {
  const bundles = await buildFunctionBundles();
  // As deep in the project, since source maps name the sources from there, and not in dist/, which is packed.
  const again = join(projectDirectory, 'coverage/functions-built-again');
  onTestFinished(() => rm(again, { recursive: true }).then(() => rm(`${again}.origin.json`)));
  await buildFunctionBundles(again);
  expect(filesIn(again)).toEqual(filesIn(bundles));
  for (const file of filesIn(again)) {
    const bytes = readFileSync(join(again, file));
    expect(bytes.equals(readFileSync(join(bundles, file))), file).toBe(true);
    expect(bytes.includes(projectDirectory), `${file} names a directory of this machine`).toBe(false);
  }
  // What it was built from is the same, so they stay; as soon as it is not, they are built again.
  const [file = ''] = filesIn(again);
  writeFileSync(join(again, file), 'kept');
  await buildFunctionBundles(again);
  expect(readFileSync(join(again, file), 'utf8')).toBe('kept');
  const origin = `${again}.origin.json`;
  writeFileSync(origin, readFileSync(origin, 'utf8').replace(/"digest":"[^"]*"/, '"digest":"of other sources"'));
  await buildFunctionBundles(again);
  expect(readFileSync(join(again, file), 'utf8')).not.toBe('kept');
});
