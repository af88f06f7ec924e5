import * as z from 'zod/mini';
import { isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { placeholderIn } from './placeholder.ts';
import { PROFILES } from './profiles.ts';
import type { RelyingParty } from './relying-party.ts';
import { ASYMMETRIC_ALGORITHMS, isSymmetric, SIGNATURE_ALGORITHMS } from './signature-algorithms.ts';

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
