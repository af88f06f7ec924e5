import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Names and versions of the packages. */
export const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/**
 * A virtual environment of the user's own, outside of the repository, by what is installed in it: another list has another
 * one. Not in a directory for temporary files, where other users could put one first.
 */
export const environment = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'logout-receiver',
  `python-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`,
);
const installed = join(environment, 'bin', 'python');
/** Is there once all packages are. */
export const finished = join(environment, 'finished');

/** The Python of the tests: that of TEST_PYTHON, that of `npm run python`, or the one of the path. */
export const python = process.env.TEST_PYTHON ?? (existsSync(finished) ? installed : 'python3');
