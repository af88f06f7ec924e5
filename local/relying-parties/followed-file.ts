import { RelyingPartiesError } from '../../receiver/relying-parties/relying-parties-error.ts';
import { SecretsFileError } from '../../receiver/relying-parties/secrets-file.ts';
import type { LocalRun } from '../local-run.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import { watchFile } from './file-watch.ts';

/**
 * Has a run follow the relying parties file that somebody edits. A broken one is refused, and what was there stays.
 *
 * @param path of the file that is edited
 * @param deployed path of the file that the run is to have, once the other one has changed. Throws where that is broken
 * @param starting the run, which may still start: what changes meanwhile is used then
 * @param warn is told, in lines, what has become of a change
 */
export function followRelyingParties(
  path: string,
  deployed: () => string,
  starting: Promise<Pick<LocalRun, 'useRelyingParties'>>,
  shutdown: Shutdown,
  warn: (line: string) => void,
): void {
  const use = (run: Pick<LocalRun, 'useRelyingParties'>) => {
    try {
      const relyingParties = run.useRelyingParties(deployed());
      warn(`relying parties: ${path}`);
      for (const { issuer, clientId } of relyingParties) {
        warn(`  ${issuer} client ${clientId}`);
      }
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      warn(error.message);
      warn('the relying parties from before stay');
    }
  };
  try {
    // A run that cannot start says so itself.
    watchFile(path, () => void starting.then(use, () => undefined), shutdown);
  } catch (error) {
    warn(`${path} cannot be watched: start again after a change (${String(error)})`);
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof RelyingPartiesError || error instanceof StartupError || error instanceof SecretsFileError;
}
