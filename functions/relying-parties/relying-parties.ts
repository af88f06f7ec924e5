import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { isSecureUrl } from './secure-url.ts';

/** Signature algorithms a logout token may have. All are asymmetric; `none` and `HS*` are not configurable (RFC 8725, section 3.1). */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** A client of an issuer whose sessions this deployment ends, with every default filled in. */
export interface RelyingParty {
  /** Compared with the token's `iss` character by character, never normalised (OpenID Connect Core 1.0, section 3.1.3.7). */
  readonly issuer: string;
  readonly clientId: string;
  /** Where the issuer publishes its keys. Without it, its discovery document says so. */
  readonly jwksUri?: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Oldest `iat` accepted, in seconds before the receipt. */
  readonly maxTokenAgeSeconds: number;
  /** How long a session may live at most, in seconds from the `iat` of its ID token. Not-before markers live as long. */
  readonly maxSessionLifetimeSeconds: number;
  /** Where set, the token's `typ` header must be this one (OWASP ASVS 5.0, 10.5.5). */
  readonly typ?: 'logout+jwt';
}

/** The relying parties file is missing, is not JSON, or breaks a rule. The message names every field at fault, in one line. */
export class RelyingPartiesError extends Error {
  override readonly name = 'RelyingPartiesError';
}

const ISSUER = 'an https: URL without query, fragment or /.well-known/ (http: only on loopback)';
const JWKS_URI = 'an https: URL without fragment (http: only on loopback)';
const ALGORITHMS = `a non-empty list of ${SIGNATURE_ALGORITHMS.join(', ')}`;

const RelyingPartySchema = z.strictObject(
  {
    issuer: z.string(ISSUER).check(z.refine((text) => isIssuer(text), ISSUER)),
    clientId: text('a string of 1 to 1024 characters', 1024),
    jwksUri: z.optional(z.string(JWKS_URI).check(z.refine((text) => isSecureUrl(text), JWKS_URI))),
    algorithms: z._default(
      z.array(z.enum(SIGNATURE_ALGORITHMS, ALGORITHMS), ALGORITHMS).check(z.minLength(1, ALGORITHMS)),
      [...SIGNATURE_ALGORITHMS],
    ),
    maxTokenAgeSeconds: wholeSeconds(3600, 1, 86_400),
    maxSessionLifetimeSeconds: wholeSeconds(30 * 86_400, 60, 366 * 86_400),
    typ: z.optional(z.literal('logout+jwt', '"logout+jwt", or leave it out')),
  },
  'an object with issuer and clientId',
);

const RelyingPartiesSchema = z.strictObject(
  {
    relyingParties: z
      .array(RelyingPartySchema, 'a list of relying parties')
      .check(z.minLength(1, 'a list of at least one relying party')),
  },
  'an object with the one field relyingParties',
);

/**
 * Reads the relying parties of this deployment.
 *
 * @param path of the JSON file
 * @throws RelyingPartiesError where the file cannot be read or breaks a rule
 */
export function readRelyingPartiesFile(path: string): RelyingParty[] {
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
export function parseRelyingParties(json: string, source: string): RelyingParty[] {
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch (cause) {
    const reason = String(cause).replaceAll(/\s+/g, ' ');
    throw new RelyingPartiesError(`${source}: not JSON (${reason})`, { cause });
  }
  const result = RelyingPartiesSchema.safeParse(input);
  if (!result.success) {
    throw new RelyingPartiesError(`${source}: ${result.error.issues.map((issue) => problem(issue, input)).join('; ')}`);
  }
  const { relyingParties } = result.data;
  const repeated = relyingParties.findIndex((party, index) => index > firstIndex(relyingParties, party));
  if (repeated >= 0) {
    throw new RelyingPartiesError(
      `${source}: relyingParties[${repeated}]: found the issuer and clientId of another entry, allowed: each pair once`,
    );
  }
  return relyingParties;
}

function firstIndex(parties: RelyingParty[], { issuer, clientId }: RelyingParty): number {
  return parties.findIndex((other) => other.issuer === issuer && other.clientId === clientId);
}

function text(allowed: string, longest: number) {
  return z.string(allowed).check(z.minLength(1, allowed), z.maxLength(longest, allowed));
}

function wholeSeconds(preset: number, least: number, most: number) {
  const allowed = `a whole number of seconds from ${least} to ${most}`;
  return z._default(z.int(allowed).check(z.gte(least, allowed), z.lte(most, allowed)), preset);
}

/** OpenID Connect Core 1.0, section 2: an issuer has no query and no fragment. It is not its discovery document's URL. */
function isIssuer(text: string): boolean {
  return isSecureUrl(text) && !text.includes('?') && !text.includes('/.well-known/');
}

function problem(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? ['relyingParties'] : Object.keys(RelyingPartySchema.shape);
    return `${fieldName([...issue.path, issue.keys[0] ?? ''])}: found an unknown field, allowed: ${known.join(', ')}`;
  }
  return `${fieldName(issue.path) || 'the file'}: found ${found(input, issue.path)}, allowed: ${issue.message}`;
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
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > 100 ? `${shown.slice(0, 100)}...` : shown;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
