import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package, as it would be published. */
    tarball: string;
  }
}

/** Packs once, before any test: it builds `dist/` anew, from which other tests load modules. */
export default function setup({ provide }: TestProject): void {
  const directory = mkdtempSync(join(tmpdir(), 'package-'));
  const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  provide('tarball', join(directory, printed.trim().split('\n').at(-1) ?? ''));
}
