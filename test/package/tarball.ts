import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { npm, project } from './npm.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package, as it would be published. */
    tarball: string;
  }
}

/** Packs once, before any test: it builds `dist/` anew, from which other tests load modules. */
export default function setup({ provide }: TestProject): void {
  const directory = mkdtempSync(join(tmpdir(), 'package-'));
  const printed = npm(project, 'pack', '--silent', '--pack-destination', directory);
  provide('tarball', join(directory, printed.trim().split('\n').at(-1) ?? ''));
}
