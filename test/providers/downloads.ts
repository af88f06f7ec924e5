import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Directory where a release of an OP is kept between runs. */
export function downloadDirectory(release: string): string {
  const directory = fileURLToPath(new URL(`../../node_modules/.cache/providers/${release}`, import.meta.url));
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Runs a program there, and shows what it says: fetching takes minutes. */
export function runThere(directory: string, program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: directory, stdio: 'inherit' });
}
