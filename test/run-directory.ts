import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Has all that a test run makes in the system's directory for temporary files in one directory there, which goes when the
 * run ends, also when it is interrupted: the CDK, tsx and many tests leave theirs behind. All that the run starts inherits it.
 */
export function useRunDirectory(): void {
  const directory = mkdtempSync(join(tmpdir(), 'logout-receiver-tests-'));
  process.env.TMPDIR = directory;
  removeAtExit(directory);
}

/** Vitest exits on SIGINT and SIGTERM, without any teardown. */
export function removeAtExit(directory: string): void {
  process.once('SIGHUP', () => process.exit(129));
  // What is still being ended may write there meanwhile.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
}
