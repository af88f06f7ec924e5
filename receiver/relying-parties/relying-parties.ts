import * as z from 'zod/mini';
import { RelyingPartiesError } from './relying-parties-error.ts';
import { issuersOf, type RelyingParty } from './relying-party.ts';
import { RelyingPartyInput, withDefaults } from './relying-party-input.ts';
import { disagreementOnKeys } from './shared-keys.ts';

/** What a deployment is configured with. */
export interface RelyingPartiesFile {
  readonly relyingParties: readonly RelyingParty[];
  /** Largest body of a logout request, in bytes. */
  readonly maxBodyBytes: number;
  /** Largest logout token, in bytes. */
  readonly maxTokenBytes: number;
}

/** A logout token is about 1 KB; those with certificates in the header, encrypted, reach 12. */
export const DEFAULT_MAX_BYTES = 16_384;
/** API Gateway takes bodies of up to 10 MB, and Lambda 6 MB; nobody sends a logout token of 1 MB. */
export const MOST_BYTES = 1_048_576;
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
 * Parses and checks a relying parties file.
 *
 * @param json text of the file
 * @param source what error messages call it
 * @throws RelyingPartiesError naming each field: its path, what was found, what is allowed
 */
export function parseRelyingParties(json: string, source: string): RelyingPartiesFile {
  let input: unknown;
  try {
    // Editors write a byte order mark.
    input = JSON.parse(json.replace(/^\ufeff/, ''));
  } catch {
    // Without the parser's message, which quotes the file: somebody may have put a secret into it.
    throw new RelyingPartiesError(`${source}: not JSON`);
  }
  return checkRelyingParties(input, source);
}

/**
 * Checks what a relying parties file holds.
 *
 * @param input the parsed JSON
 * @param source what error messages call the file
 * @throws RelyingPartiesError naming each field: its path, what was found, what is allowed
 */
export function checkRelyingParties(input: unknown, source: string): RelyingPartiesFile {
  const result = FileInput.safeParse(input);
  if (!result.success) {
    throw new RelyingPartiesError(`${source}: ${result.error.issues.map((issue) => problem(issue, input)).join('; ')}`);
  }
  const { maxBodyBytes, maxTokenBytes = maxBodyBytes } = result.data;
  const relyingParties = result.data.relyingParties.map(withDefaults);
  checkNames(relyingParties, source);
  const disagreement = disagreementOnKeys(relyingParties);
  if (disagreement) {
    throw new RelyingPartiesError(`${source}: ${disagreement}`);
  }
  return { relyingParties, maxBodyBytes, maxTokenBytes };
}

/** Names of all secrets that the relying parties need. */
export function secretIdsOf(relyingParties: readonly RelyingParty[]): string[] {
  const references = relyingParties.flatMap(({ clientSecret, decryptionKeys }) => [clientSecret, decryptionKeys]);
  return [...new Set(references.flatMap((reference) => reference?.secretId ?? []))];
}

/** Each name that tokens come under stands for one issuer, and with a client id for one relying party. */
function checkNames(relyingParties: readonly RelyingParty[], source: string): void {
  const issuers = new Map<string, string>();
  const pairs = new Set<string>();
  for (const [index, party] of relyingParties.entries()) {
    for (const name of issuersOf(party)) {
      const pair = JSON.stringify([name, party.clientId]);
      const issuer = issuers.get(name) ?? party.issuer;
      if (pairs.has(pair) || issuer !== party.issuer) {
        const [found, allowed] = pairs.has(pair)
          ? ['an issuer (or alias) and clientId that stand already', 'each pair once']
          : [
              `${JSON.stringify(name)}, which stands for the issuer ${JSON.stringify(issuer)}`,
              'one issuer for each name',
            ];
        throw new RelyingPartiesError(`${source}: relyingParties[${index}]: found ${found}, allowed: ${allowed}`);
      }
      pairs.add(pair);
      issuers.set(name, party.issuer);
    }
  }
}

function wholeBytes() {
  const allowed = `a whole number of bytes from 1024 to ${MOST_BYTES}`;
  return z.int(allowed).check(z.gte(1024, allowed), z.lte(MOST_BYTES, allowed));
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
  // The same for whole objects: a secret may stand in them.
  if (typeof value === 'object' && value !== null && !isListOfScalars(value)) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > 100 ? `${shown.slice(0, 100)}...` : shown;
}

function isListOfScalars(value: object): boolean {
  return Array.isArray(value) && value.every((member) => typeof member !== 'object');
}

function isSecretField(key: PropertyKey): boolean {
  return SECRET_FIELDS.includes(String(key));
}
