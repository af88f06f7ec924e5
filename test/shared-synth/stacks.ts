import { cpSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Shutdown } from '../../local/process/shutdown.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { SHIPPED_FILE, shippedText } from '../../receiver/relying-parties/shipped-relying-parties.ts';
import { readWrittenRelyingPartiesFile } from '../../receiver/relying-parties/written-file.ts';

/** The stacks as a file keeps them. */
export function stacksJson(stacks: readonly Stack[]): string {
  return JSON.stringify(stacks.map(({ assets, ...rest }) => ({ ...rest, assets: [...assets] })));
}

/**
 * The stacks that the app would be synthesized to with this relying parties file. To synthesize takes some
 * CPU seconds, and of what the local run reads only the file inside the bundles differs: the run has one synth.
 *
 * @param stacks what `stacksJson` gave, of the app with other relying parties
 */
export function stacksWith(relyingPartiesFile: string, stacks: string, shutdown: Shutdown): Stack[] {
  const shared: (Omit<Stack, 'assets'> & { assets: [string, string][] })[] = JSON.parse(stacks);
  const directory = mkdtempSync(join(tmpdir(), 'shared-stacks-'));
  shutdown.onEnd(() => rm(directory, { recursive: true, force: true }));
  return shared.map((stack) => ({
    ...stack,
    assets: new Map(
      stack.assets.map(([key, path]) => [key, assetWith(relyingPartiesFile, path, join(directory, basename(path)))]),
    ),
  }));
}

/** @returns the asset's own path where no relying parties are in it */
function assetWith(relyingPartiesFile: string, path: string, copy: string): string {
  if (!existsSync(join(path, SHIPPED_FILE))) {
    return path;
  }
  cpSync(path, copy, { recursive: true });
  writeFileSync(join(copy, SHIPPED_FILE), shippedText(readWrittenRelyingPartiesFile(relyingPartiesFile)));
  return copy;
}
