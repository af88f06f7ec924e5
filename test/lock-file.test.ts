import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';

const Entry = z.object({
  version: z.optional(z.string()),
  integrity: z.optional(z.string()),
  resolved: z.optional(z.string()),
  /** It comes within the tarball of the package that it is in. */
  inBundle: z.optional(z.boolean()),
  /** It stands for a workspace. */
  link: z.optional(z.boolean()),
});
const LockFile = z.object({ packages: z.record(z.string(), Entry) });

const { packages } = LockFile.parse(
  JSON.parse(readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8')),
);
/** Without the project and its workspace, which are no tarballs. */
const entries = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);

it('the lock file says what every tarball must be, also those of other platforms', () => {
  const tarballs = entries.filter(([, { inBundle }]) => !inBundle);
  expect(tarballs.length).toBeGreaterThan(100);
  expect(tarballs.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
});

it('the lock file holds no download addresses, which differ from registry to registry', () => {
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});
