import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { StartupError } from './startup-error.ts';

/** As Secrets Manager, which keeps no empty secret. */
const SecretText = z.string().check(z.minLength(1));
const SecretsFile = z.record(z.string(), z.union([SecretText, z.record(z.string(), z.unknown())]));

/**
 * Reads a secrets file: a JSON object with a secret for each secret id, which is its text, or an object that stands for
 * its JSON text.
 *
 * No error says what is in the file, and none carries the parser's, which quotes it.
 *
 * @param path of the file
 * @param secretIds what error messages may name, because it stands in the relying parties file too
 * @returns the texts of the secrets, by secret id
 * @throws StartupError where the file cannot be read, is not JSON, or holds something else
 */
export function readSecretsFile(path: string, secretIds: readonly string[]): ReadonlyMap<string, string> {
  const result = SecretsFile.safeParse(parse(readText(path), path));
  if (!result.success) {
    throw new StartupError(`${path}: ${problem(result.error.issues, secretIds)}`);
  }
  return new Map(
    Object.entries(result.data).map(([secretId, secret]) => [
      secretId,
      typeof secret === 'string' ? secret : JSON.stringify(secret),
    ]),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new StartupError(`${path}: cannot be read (${code})`, { cause });
  }
}

function parse(json: string, path: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new StartupError(`${path}: not JSON`);
  }
}

function problem(issues: readonly z.core.$ZodIssue[], secretIds: readonly string[]): string {
  const keys = issues.map(({ path: [key] }) => key);
  if (keys.includes(undefined)) {
    return 'allowed is an object with a secret for each secret id';
  }
  const atFault = secretIds.filter((secretId) => keys.includes(secretId));
  return `${atFault.join(', ') || 'a secret that no relying party names'}: allowed is a text that is not empty, or an object (a JWK Set)`;
}
