import * as z from 'zod/mini';
import { readWrittenJson } from './written-json-file.ts';

/** A secrets file is missing, is not JSON, or holds something else. The message is one line, and says nothing of what is in it. */
export class SecretsFileError extends Error {
  override readonly name = 'SecretsFileError';
}

/** As Secrets Manager, which keeps no empty secret. */
const SecretText = z.string().check(z.minLength(1));
const SecretsFile = z.record(z.string(), z.union([SecretText, z.record(z.string(), z.unknown())]));

/**
 * Reads a secrets file, which stands in for AWS Secrets Manager on this machine: a JSON object with a secret for each secret
 * id, which is its text, or an object that stands for its JSON text.
 *
 * No error says what is in the file.
 *
 * @param path of the file
 * @param secretIds what error messages may name, because it stands in the relying parties file too
 * @returns the texts of the secrets, by secret id
 * @throws SecretsFileError where the file cannot be read, is not JSON, or holds something else
 */
export function readSecretsFile(path: string, secretIds: readonly string[]): ReadonlyMap<string, string> {
  const result = SecretsFile.safeParse(
    readWrittenJson(path, (message, options) => new SecretsFileError(message, options)),
  );
  if (!result.success) {
    throw new SecretsFileError(`${path}: ${problem(result.error.issues, secretIds)}`);
  }
  return new Map(
    Object.entries(result.data).map(([secretId, secret]) => [
      secretId,
      typeof secret === 'string' ? secret : JSON.stringify(secret),
    ]),
  );
}

function problem(issues: readonly z.core.$ZodIssue[], secretIds: readonly string[]): string {
  const keys = issues.map(({ path: [key] }) => key);
  if (keys.includes(undefined)) {
    return 'allowed is an object with a secret for each secret id';
  }
  const atFault = secretIds.filter((secretId) => keys.includes(secretId));
  return `${atFault.join(', ') || 'a secret that no relying party names'}: allowed is a text that is not empty, or an object (a JWK Set)`;
}
