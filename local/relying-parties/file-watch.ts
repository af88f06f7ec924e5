import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Shutdown } from '../process/shutdown.ts';

/** Editors and tools write a file in several steps, or another one that they rename. */
const SETTLED_MILLISECONDS = 100;

/**
 * Tells when a file has another content: written in place, or by another file that is renamed to it.
 *
 * @param onChanged is called once the file has come to rest, also where it is gone
 * @throws whatever the system throws where the directory cannot be watched
 */
export function watchFile(path: string, onChanged: () => void, shutdown: Shutdown): void {
  let content = contentOf(path);
  let timer: NodeJS.Timeout | undefined;
  const settled = () => {
    const now = contentOf(path);
    if (now !== content) {
      content = now;
      onChanged();
    }
  };
  // The directory: a file that is renamed to it is another file.
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === null || name === basename(path)) {
      clearTimeout(timer);
      timer = setTimeout(settled, SETTLED_MILLISECONDS);
    }
  });
  shutdown.onEnd(async () => {
    clearTimeout(timer);
    watcher.close();
  });
}

/** @returns undefined where it cannot be read */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
