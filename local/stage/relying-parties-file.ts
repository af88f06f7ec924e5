import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
 * What is synthesized is kept by the path of the file too: the same content gets the same path.
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
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'relying-parties.json');
  writeFileSync(path, content);
  return path;
}

function read(file: string): z.infer<typeof WrittenFile> {
  readWrittenRelyingPartiesFile(file);
  return WrittenFile.parse(JSON.parse(readFileSync(file, 'utf8')));
}
