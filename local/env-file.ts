import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { APPLICATION_VARIABLES, type ApplicationEnvironment } from './application-environment.ts';
import { StartupError } from './process/startup-error.ts';

/** How each of these files begins. Never change it: the command knows its own files by this line. */
const FIRST_LINE = '# Written by `npm start -- --write-env` of logout-receiver, and written anew at each start.';

/**
 * Makes sure that the file can be written and is nobody else's: it is not there yet, or it holds nothing but what
 * `writeEnvFile` writes.
 *
 * @throws StartupError
 */
export function requireOwnEnvFile(path: string): void {
  const isThere = existsSync(path);
  attempt(path, () => accessSync(isThere ? path : dirname(path), constants.W_OK));
  if (isThere && !isOwn(attempt(path, () => readFileSync(path, 'utf8')))) {
    throw new StartupError(`--write-env ${path}: it holds what this command did not write: name another file`);
  }
}

/**
 * Writes what an application needs to a file, in the form that `node --env-file`, Docker and python-dotenv all read: no
 * `export`, no quotes.
 *
 * @throws StartupError where it cannot be written or is somebody else's
 */
export function writeEnvFile(path: string, environment: ApplicationEnvironment): void {
  requireOwnEnvFile(path);
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  attempt(path, () => writeFileSync(path, [FIRST_LINE, ...lines, ''].join('\n')));
}

/** A variable that somebody has added to one of our files would be lost. */
function isOwn(content: string): boolean {
  const [first, ...lines] = content.split('\n');
  return (
    first === FIRST_LINE &&
    lines.every((line) => line === '' || APPLICATION_VARIABLES.some((name) => line.startsWith(`${name}=`)))
  );
}

function attempt<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new StartupError(`--write-env ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
