import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { npm, project } from './npm.ts';

/** An empty project, outside of the repository, that has installed the package from its tarball. */
export interface Consumer {
  readonly directory: string;
  /** Where the package is. */
  readonly installed: string;
  /** Adds packages that an application has beside ours. */
  link(...names: string[]): void;
  remove(): Promise<void>;
}

export function installPackage(): Consumer {
  const directory = mkdtempSync(join(tmpdir(), 'consumer-'));
  const scripts = { which: 'node -p process.execPath' };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module', scripts }));
  // The peers are linked: no registry is asked.
  npm(directory, 'install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', inject('tarball'));
  return {
    directory,
    installed: join(directory, 'node_modules/logout-receiver'),
    link(...names) {
      for (const name of names) {
        const link = join(directory, 'node_modules', name);
        mkdirSync(dirname(link), { recursive: true });
        if (!existsSync(link)) {
          symlinkSync(join(project, 'node_modules', name), link);
        }
      }
    },
    remove: () => rm(directory, { recursive: true }),
  };
}
