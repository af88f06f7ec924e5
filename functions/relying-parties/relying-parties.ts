import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { issuersOf, type RelyingParty, RelyingPartyInput, withDefaults } from './relying-party.ts';

/** What a deployment is configured with. */
export interface RelyingPartiesFile {
  readonly relyingParties: readonly RelyingParty[];
  /** Largest body of a logout request, in bytes. */
  readonly maxBodyBytes: number;
  /** Largest logout token, in bytes. */
  readonly maxTokenBytes: number;
}

/** The relying parties file is missing, is not JSON, or breaks a rule. The message names every field at fault, in one line. */
export class RelyingPartiesError extends Error {
  override readonly name = 'RelyingPartiesError';
}

/** A logout token is about 1 KB; those with certificates in the header, encrypted, reach 12. */
const DEFAULT_MAX_BYTES = 16_384;
const SECRET_FIELDS = ['clientSecret', 'decryptionKeys'];

const FileInput = z
  .strictObject(
    {
      relyingParties: z
        .array(RelyingPartyInput, 'a list of relying parties')
        .check(z.minLength(1, 'a list of at least one relying party')),
      maxBodyBytes: z._default(wholeBytes(), DEFAULT_MAX_BYTES),
      maxTokenBytes: z.optional(wholeBytes()),
    },
    'an object with the field relyingParties',
  )
  .check(
    z.check(({ value, issues }) => {
      if (value.maxTokenBytes !== undefined && value.maxTokenBytes > value.maxBodyBytes) {
        const message = `not more than maxBodyBytes, ${value.maxBodyBytes}`;
        issues.push({ code: 'custom', input: value, path: ['maxTokenBytes'], message });
      }
    }),
  );

/**
 * Reads the relying parties of this deployment.
 *
 * @param path of the JSON file
 * @throws RelyingPartiesError where the file cannot be read or breaks a rule
 */
export function readRelyingPartiesFile(path: string): RelyingPartiesFile {
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RelyingPartiesError(`${path}: cannot be read (${errorCode(cause)})`, { cause });
  }
  return parseRelyingParties(json, path);
}

/**
 * Parses and checks a relying parties file.
 *
 * @param json text of the file
 * @param source what error messages call it
 * @throws RelyingPartiesError naming each field: its path, what was found, what is allowed
 */
export function parseRelyingParties(json: string, source: string): RelyingPartiesFile {
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch (cause) {
    const reason = String(cause).replaceAll(/\s+/g, ' ');
    throw new RelyingPartiesError(`${source}: not JSON (${reason})`, { cause });
  }
  const result = FileInput.safeParse(input);
  if (!result.success) {
    throw new RelyingPartiesError(`${source}: ${result.error.issues.map((issue) => problem(issue, input)).join('; ')}`);
  }
  const { maxBodyBytes, maxTokenBytes = maxBodyBytes } = result.data;
  const relyingParties = result.data.relyingParties.map(withDefaults);
  const repeated = firstRepeated(relyingParties);
  if (repeated >= 0) {
    throw new RelyingPartiesError(
      `${source}: relyingParties[${repeated}]: found an issuer (or alias) and clientId that stand already, allowed: each pair once`,
    );
  }
  return { relyingParties, maxBodyBytes, maxTokenBytes };
}

/** Names of all secrets that the relying parties need. */
export function secretIdsOf(relyingParties: readonly RelyingParty[]): string[] {
  const references = relyingParties.flatMap(({ clientSecret, decryptionKeys }) => [clientSecret, decryptionKeys]);
  return [...new Set(references.flatMap((reference) => reference?.secretId ?? []))];
}

/** Index of the first one of whose tokens nobody could say whether they are for it or for one before it; -1 for none. */
function firstRepeated(relyingParties: readonly RelyingParty[]): number {
  const seen = new Set<string>();
  return relyingParties.findIndex((party) =>
    issuersOf(party).some((issuer) => {
      const pair = JSON.stringify([issuer, party.clientId]);
      return seen.has(pair) || !seen.add(pair);
    }),
  );
}

/** API Gateway takes bodies of up to 10 MB, and Lambda 6 MB; nobody sends a logout token of 1 MB. */
function wholeBytes() {
  const allowed = 'a whole number of bytes from 1024 to 1048576';
  return z.int(allowed).check(z.gte(1024, allowed), z.lte(1_048_576, allowed));
}

function problem(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    return `${fieldName([...issue.path, issue.keys[0] ?? ''])}: found an unknown field, allowed: ${knownFields(issue.path).join(', ')}`;
  }
  return `${fieldName(issue.path) || 'the file'}: found ${found(input, issue.path)}, allowed: ${issue.message}`;
}

function knownFields(path: PropertyKey[]): string[] {
  if (path.some(isSecretField)) {
    return ['secretId'];
  }
  return Object.keys(path.length === 0 ? FileInput.shape : RelyingPartyInput.shape);
}

function fieldName(path: PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function found(input: unknown, path: PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (parent, key) => (typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined),
    input,
  );
  // Who writes the secret itself there must not find it in a log.
  if (path.some(isSecretField)) {
    return `a value that is not shown (${typeof value})`;
  }
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > 100 ? `${shown.slice(0, 100)}...` : shown;
}

function isSecretField(key: PropertyKey): boolean {
  return SECRET_FIELDS.includes(String(key));
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
