import { readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { parseWrittenJson, WrittenJsonError } from './written-json.ts';

/**
 * Reads a JSON file that a person wrote.
 *
 * @param path of the file, which begins each message
 * @param failure makes the error from a message of one line, which says nothing of what is in the file
 * @throws what `failure` makes, where the file cannot be read or is not JSON
 */
export function readWrittenJson(path: string, failure: (message: string, options?: ErrorOptions) => Error): unknown {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw failure(`${path}: cannot be read (${errorCode(cause)})`, { cause });
  }
  try {
    return parseWrittenJson(bytes);
  } catch (error) {
    throw error instanceof WrittenJsonError ? failure(`${path}: ${error.message}`) : error;
  }
}
