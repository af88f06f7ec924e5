import * as z from 'zod/mini';
import { isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { placeholderIn } from './placeholder.ts';
import { PROFILES, type Rules } from './profiles.ts';
import {
  ASYMMETRIC_ALGORITHMS,
  isSymmetric,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from './signature-algorithms.ts';

/** Where a secret is kept: never in a file, a bundle or a variable. */
export interface SecretReference {
  /** Name or complete ARN of the secret in AWS Secrets Manager. */
  readonly secretId: string;
}

/** A client of an issuer whose sessions this deployment ends, with every default filled in. */
export interface RelyingParty extends Rules {
  /** Compared with the token's `iss` character by character, never normalised (OpenID Connect Core 1.0, section 3.1.3.7). */
  readonly issuer: string;
  readonly clientId: string;
  /** Other values of `iss` that the same OP signs with, under the same keys. Sessions are those of `issuer` all the same. */
  readonly issuerAliases: readonly string[];
  /** Where the issuer publishes its keys. Without it, its discovery document says so. */
  readonly jwksUri?: string | undefined;
  /** Whether the issuer, and where it publishes its keys, may have addresses of a private network. */
  readonly allowPrivateAddresses: boolean;
  /** How old the issuer's keys may be, in seconds, while newer ones cannot be had. */
  readonly jwksMaxStaleSeconds: number;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Clients that are none of ours, and that a token for us may name in `aud` too (OpenID Connect Core 1.0, section 3.1.3.7). */
  readonly trustedAudiences: readonly string[];
  /** How far the OP's clock may differ from ours, in seconds. */
  readonly clockToleranceSeconds: number;
  /**
   * By how many seconds a logout of a `sid` also covers logins that are dated later than the logout token. Costs little:
   * a login after the logout mostly has another `sid`.
   */
  readonly sidAllowanceSeconds: number;
  /**
   * The same for a logout of a `sub` alone. A login within so many seconds after the logout is refused, so it is just
   * enough for tokens that are dated back by a second (Zitadel), and clocks that differ by one.
   */
  readonly subAllowanceSeconds: number;
  /** How long a session may live at most, in seconds from the `iat` of its ID token. Not-before markers live as long. */
  readonly maxSessionLifetimeSeconds: number;
  /** The client secret, which is the key of HS256, HS384 and HS512. */
  readonly clientSecret?: SecretReference | undefined;
  /** A JWK Set of private keys that the OP encrypts tokens to. */
  readonly decryptionKeys?: SecretReference | undefined;
  /** Whether a token that is not encrypted is refused (Back-Channel Logout 1.0, section 2.6, step 1). */
  readonly requireEncryption: boolean;
  /**
   * Whether a request that nobody signed, with the issuer and a `sid`, ends the sessions of that `sid` (Front-Channel
   * Logout 1.0, section 2). Only where the deployment has front-channel logout turned on.
   */
  readonly frontchannelLogout: boolean;
}

/** The most that `maxSessionLifetimeSeconds` can be. */
export const MAX_SESSION_LIFETIME_SECONDS = 366 * 86_400;

const URL_RULE = 'an https: URL without query, fragment or /.well-known/ (http: only on loopback)';
const JWKS_URI = 'an https: URL without fragment (http: only on loopback)';
const ALGORITHMS = `a non-empty list of ${SIGNATURE_ALGORITHMS.join(', ')}`;
const ALIASES = `a list of issuers, each ${URL_RULE}`;
const AUDIENCES = 'a list of client ids';
const CLIENT_ID = 'a string of 1 to 1024 characters';
const SECRET = 'an object with secretId, the name or complete ARN of a secret in AWS Secrets Manager';
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}$/;

const boolean = z.boolean('true or false');
const isFilledIn = z.refine((text) => placeholderIn(String(text)) === undefined, {
  error: ({ input }) => `no placeholder: put the value in the place of ${placeholderIn(String(input))}`,
  abort: true,
});
const issuer = (allowed: string) =>
  z.string(allowed).check(
    isFilledIn,
    z.refine((text) => isIssuer(text), allowed),
  );
const clientId = (allowed: string) =>
  z.string(allowed).check(isFilledIn, z.minLength(1, allowed), z.maxLength(1024, allowed));
const secret = z.strictObject({ secretId: z.string(SECRET).check(z.refine((id) => isSecretId(id), SECRET)) }, SECRET);

/** What the relying parties file holds of one, before the defaults. */
export const RelyingPartyInput = z
  .strictObject(
    {
      issuer: issuer(URL_RULE),
      clientId: clientId(CLIENT_ID),
      issuerAliases: z._default(z.array(issuer(ALIASES), ALIASES), []),
      jwksUri: z.optional(
        z.string(JWKS_URI).check(
          isFilledIn,
          z.refine((text) => isSecureUrl(text), JWKS_URI),
        ),
      ),
      allowPrivateAddresses: z._default(boolean, false),
      jwksMaxStaleSeconds: z._default(wholeSeconds(3600, 7 * 86_400), 86_400),
      profile: z._default(z.enum(['compatible', 'strict'], '"compatible" or "strict"'), 'compatible'),
      algorithms: z._default(
        z.array(z.enum(SIGNATURE_ALGORITHMS, ALGORITHMS), ALGORITHMS).check(z.minLength(1, ALGORITHMS)),
        [...ASYMMETRIC_ALGORITHMS],
      ),
      trustedAudiences: z._default(z.array(clientId(AUDIENCES), AUDIENCES), []),
      typ: z.optional(z.enum(['logout+jwt', 'optional'], '"logout+jwt" or "optional"')),
      requireExp: z.optional(boolean),
      maxTokenAgeSeconds: z.optional(wholeSeconds(1, 86_400)),
      replay: z.optional(z.enum(['answer', 'refuse'], '"answer" or "refuse"')),
      clockToleranceSeconds: z._default(wholeSeconds(0, 300), 60),
      sidAllowanceSeconds: z._default(wholeSeconds(0, 60), 5),
      subAllowanceSeconds: z._default(wholeSeconds(0, 60), 2),
      maxSessionLifetimeSeconds: z._default(wholeSeconds(60, MAX_SESSION_LIFETIME_SECONDS), 30 * 86_400),
      clientSecret: z.optional(secret),
      decryptionKeys: z.optional(secret),
      requireEncryption: z.optional(boolean),
      frontchannelLogout: z._default(boolean, false),
    },
    'an object with issuer and clientId',
  )
  .check(z.check(checkCombination));

type RelyingPartyInput = z.infer<typeof RelyingPartyInput>;

/** Fills in what the profile says where the relying party says nothing. */
export function withDefaults({ profile, ...input }: RelyingPartyInput): RelyingParty {
  const rules = PROFILES[profile];
  return {
    ...input,
    typ: input.typ ?? rules.typ,
    requireExp: input.requireExp ?? rules.requireExp,
    maxTokenAgeSeconds: input.maxTokenAgeSeconds ?? rules.maxTokenAgeSeconds,
    replay: input.replay ?? rules.replay,
    requireEncryption: input.requireEncryption ?? (profile === 'strict' && input.decryptionKeys !== undefined),
  };
}

/** The names under which tokens may come from its issuer. */
export function issuersOf({ issuer, issuerAliases }: Pick<RelyingParty, 'issuer' | 'issuerAliases'>): string[] {
  return [issuer, ...issuerAliases];
}

/** Fields that make no sense without each other would leave somebody believing in a check that is not made. */
function checkCombination({ value, issues }: z.core.ParsePayload<RelyingPartyInput>): void {
  const refuse = (field: keyof RelyingPartyInput, message: string) =>
    issues.push({ code: 'custom', input: value, path: [field], message });
  const hasSymmetric = value.algorithms.some(isSymmetric);
  if (hasSymmetric && !value.clientSecret) {
    refuse('algorithms', 'HS256, HS384 and HS512 only with clientSecret');
  }
  if (value.clientSecret && !hasSymmetric) {
    refuse('clientSecret', 'only with HS256, HS384 or HS512 in algorithms');
  }
  if (value.requireEncryption && !value.decryptionKeys) {
    refuse('requireEncryption', 'true only with decryptionKeys');
  }
}

function wholeSeconds(least: number, most: number) {
  const allowed = `a whole number of seconds from ${least} to ${most}`;
  return z.int(allowed).check(z.gte(least, allowed), z.lte(most, allowed));
}

/** Whether a text is the name or the complete ARN of a secret in AWS Secrets Manager, and no pattern of several. */
export function isSecretId(text: string): boolean {
  return SECRET_NAME.test(text) || SECRET_ARN.test(text);
}

/** OpenID Connect Core 1.0, section 2: an issuer has no query and no fragment. It is not its discovery document's URL. */
export function isIssuer(text: string): boolean {
  return isSecureUrl(text) && !text.includes('?') && !text.includes('/.well-known/');
}
