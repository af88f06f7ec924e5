import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { readWrittenRelyingPartiesFile } from '../../receiver/relying-parties/written-file.ts';

const WrittenFile = z.looseObject({ relyingParties: z.array(z.unknown()) });

/** Beside what is kept of earlier syntheses: what nobody used for a week goes from there. */
const kept = fileURLToPath(new URL('../../node_modules/.cache/logout-receiver', import.meta.url));

/**
 * Writes a file that names the clients of the sample, and those of another file.
 *
 * Only the user may read it: the other file may be readable to nobody else. What is synthesized is kept by the path of the
 * file too: the same content gets the same path.
 *
 * @param clientIds of the sample
 * @param file whose relying parties come first
 * @returns its path
 * @throws RelyingPartiesError where the other file is at fault
 */
export function writeRelyingPartiesFile(
  issuer: string,
  clientIds: readonly string[],
  file: string | undefined,
): string {
  const own = clientIds.map((clientId) => ({ issuer, clientId, algorithms: ['RS256'] }));
  const { relyingParties, ...limits } = file === undefined ? { relyingParties: [] } : read(file);
  const content = JSON.stringify({ ...limits, relyingParties: [...relyingParties, ...own] }, null, 2);
  const directory = join(kept, `sample-${createHash('sha256').update(content).digest('base64url')}`);
  const path = join(directory, 'relying-parties.json');
  mkdirSync(kept, { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
  // An earlier version may have made them for all to read.
  chmodSync(directory, 0o700);
  chmodSync(path, 0o600);
  return path;
}

function read(file: string): z.infer<typeof WrittenFile> {
  readWrittenRelyingPartiesFile(file);
  return WrittenFile.parse(JSON.parse(readFileSync(file, 'utf8')));
}
