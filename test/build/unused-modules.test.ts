import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildFunctionBundles, projectDirectory } from '../../build/function-bundles.ts';
import { REPLACED_MODULES } from '../../build/unused-modules.ts';

it.each(Object.entries(REPLACED_MODULES))(
  'the SDK that is installed still has %s, with the same exports',
  (path, { names }) => {
    const source = readFileSync(join(projectDirectory, 'node_modules', path), 'utf8');
    const exported = [...source.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name]) => name);
    expect(exported).toEqual(names);
  },
);

it('nothing in the bundles looks into what was replaced by nothing', async () => {
  const bundles = await buildFunctionBundles();
  const code = readdirSync(bundles, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => readFileSync(join(bundles, file), 'utf8'));
  // Its client makes a cache of endpoints, and no operation asks it.
  expect(code.filter((text) => /\.endpointCache\b/.test(text))).toEqual([]);
});
