import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import type { RelyingPartiesFile } from './relying-parties.ts';
import { RelyingPartiesError } from './relying-parties-error.ts';
import { indexLines, RelyingPartiesIndex } from './relying-parties-index.ts';
import { SortedLines } from './sorted-lines.ts';

/** The file beside the bundles of the functions that need it. */
export const SHIPPED_FILE = 'relying-parties.jsonl';

/** Change the number with every change of what stands in the file: a test has the whole text of one. */
const FORMAT = 'logout-receiver relying parties 1';

/**
 * Relying parties that were checked, as `cdk synth` ships them with the functions: in lines that are read where they are
 * needed, behind one that says how they are written, and has their digest.
 */
export function shippedText(file: RelyingPartiesFile): string {
  const { bytes } = indexLines(file);
  return `${firstLine(bytes)}\n${bytes}`;
}

/**
 * Reads the relying parties that are shipped with the functions. They were checked when they were written, so that here only
 * the digest is: what it fits is complete, and nobody has changed it since.
 *
 * @throws RelyingPartiesError where the file cannot be read, or is not as this version writes it
 */
export function readShippedRelyingParties(path: string): RelyingPartiesIndex {
  const file = bytesOf(path);
  const end = file.indexOf('\n');
  const [first, lines] = [file.toString('utf8', 0, Math.max(end, 0)), file.subarray(end + 1)];
  if (!first.startsWith(JSON.stringify([FORMAT]).slice(0, -1))) {
    throw new RelyingPartiesError(`${path}: not written by cdk synth of this version`);
  }
  if (first !== firstLine(lines)) {
    throw new RelyingPartiesError(`${path}: changed since cdk synth wrote it`);
  }
  return new RelyingPartiesIndex(new SortedLines(lines));
}

function firstLine(lines: Buffer): string {
  return JSON.stringify([FORMAT, createHash('sha256').update(lines).digest('base64url')]);
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new RelyingPartiesError(`${path}: cannot be read (${errorCode(cause)})`, { cause });
  }
}
