import { cpSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shutdown } from '../process/shutdown.ts';

/** The code that functions run. A file of it can be replaced while they do, as a deployment does. */
export interface RunningCode {
  /**
   * Where a process that starts now finds the code.
   *
   * @param directory of an asset
   */
  directoryOf(directory: string): string;
  /** Replaces a file in all assets that have it. Assets stay as they are: other runs share them. */
  replace(name: string, content: string): void;
  onReplaced(listener: () => void): void;
}

/** The code as it was synthesized, until something is replaced. */
export function createRunningCode(shutdown: Shutdown): RunningCode {
  const listeners: (() => void)[] = [];
  /** By directory of the asset; those of what was replaced last. */
  const copies = new Map<string, string>();
  let replaced: { readonly name: string; readonly content: string } | undefined;
  return {
    directoryOf(directory) {
      if (!(replaced && existsSync(join(directory, replaced.name)))) {
        return directory;
      }
      const copy = copies.get(directory) ?? mkdtempSync(join(tmpdir(), 'logout-receiver-code-'));
      if (!copies.has(directory)) {
        copies.set(directory, copy);
        // To the end: a process that still runs may load more of it.
        shutdown.onEnd(() => rm(copy, { recursive: true, force: true }));
        cpSync(directory, copy, { recursive: true });
        writeFileSync(join(copy, replaced.name), replaced.content);
      }
      return copy;
    },
    replace(name, content) {
      replaced = { name, content };
      copies.clear();
      for (const listener of listeners) {
        listener();
      }
    },
    onReplaced: (listener) => void listeners.push(listener),
  };
}
