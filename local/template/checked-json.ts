import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { parseWrittenJson, WrittenJsonError } from '../../receiver/relying-parties/written-json.ts';
import { StartupError } from '../process/startup-error.ts';

z.config(z.locales.en());

/**
 * Checks a JSON value that somebody else wrote.
 *
 * @param where what the error message calls the value
 * @throws StartupError naming the first field that is not as expected
 */
export function checkedJson<Schema extends z.ZodMiniType>(schema: Schema, value: unknown, where: string) {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw new StartupError(`${[where, ...(issue?.path ?? [])].map(String).join('.')}: ${issue?.message}`);
}

/**
 * Reads and checks a JSON file.
 *
 * @throws StartupError where the file cannot be read, is not JSON, or is not as expected
 */
export function readJsonFile<Schema extends z.ZodMiniType>(schema: Schema, path: string) {
  let value: unknown;
  try {
    value = parseWrittenJson(readFileSync(path));
  } catch (cause) {
    throw new StartupError(`${path}: ${cause instanceof WrittenJsonError ? cause.message : String(cause)}`, { cause });
  }
  return checkedJson(schema, value, path);
}
