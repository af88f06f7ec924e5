import type { Reason } from './reasons.ts';

/** What is required of a logout request, for people who look at how one was judged. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** Where the rule comes from. */
  readonly section: string;
  readonly url: string;
  /** Reasons with which a request that breaks the rule is refused: each belongs to one rule. */
  readonly reasons: readonly Reason[];
}

/** A rule, and what became of it for one request: `unjudged` where the judge did not come so far, or may not have. */
export interface JudgedRule extends Omit<Rule, 'reasons'> {
  readonly outcome: 'passed' | 'refused' | 'unjudged';
}

const BACKCHANNEL = 'https://openid.net/specs/openid-connect-backchannel-1_0.html';
const CORE = 'https://openid.net/specs/openid-connect-core-1_0.html';

const logoutToken = { section: 'Back-Channel Logout 1.0, section 2.4', url: `${BACKCHANNEL}#LogoutToken` };
const logoutRequest = { section: 'Back-Channel Logout 1.0, section 2.5', url: `${BACKCHANNEL}#BCRequest` };
const validation = (step: number) => ({
  section: `Back-Channel Logout 1.0, section 2.6, step ${step}`,
  url: `${BACKCHANNEL}#Validation`,
});
const idTokenValidation = (step: number) => ({
  section: `OpenID Connect Core 1.0, section 3.1.3.7, step ${step}`,
  url: `${CORE}#IDTokenValidation`,
});
const rfc = (number: number, section: string) => ({
  section: `RFC ${number}, section ${section}`,
  url: `https://www.rfc-editor.org/rfc/rfc${number}.html#section-${section}`,
});

/** Typed by its ids and reasons, so that the compiler sees a reason that nobody has thought of. */
const IN_ORDER = [
  { id: 'method', title: 'The request is a POST', ...logoutRequest, reasons: ['method_not_allowed'] },
  { id: 'content-type', title: 'Its body is a form', ...logoutRequest, reasons: ['content_type_unsupported'] },
  {
    id: 'body-size',
    title: 'The body is no larger than allowed',
    ...rfc(9110, '15.5.14'),
    reasons: ['body_too_large'],
  },
  {
    id: 'one-token',
    title: 'It has exactly one logout_token',
    ...logoutRequest,
    reasons: ['logout_token_repeated', 'logout_token_missing'],
  },
  {
    id: 'token-size',
    title: 'The token is no larger than allowed',
    ...rfc(8725, '3.10'),
    reasons: ['token_too_large'],
  },
  {
    id: 'serialization',
    title: 'The token is in compact serialization',
    ...rfc(7515, '7.1'),
    reasons: ['token_malformed'],
  },
  {
    id: 'encryption',
    title: 'If it is encrypted, it is to a key of the relying party',
    ...validation(1),
    reasons: ['encryption_not_allowed', 'token_encrypted', 'decryption_failed', 'decryption_key_ambiguous'],
  },
  { id: 'iss', title: 'iss is a configured issuer', ...idTokenValidation(2), reasons: ['issuer_unknown'] },
  {
    id: 'aud',
    title: 'aud names a client of that issuer, and else only parties that it trusts',
    ...idTokenValidation(3),
    reasons: ['audience_mismatch', 'audience_untrusted'],
  },
  { id: 'azp', title: 'If there is an azp, it is that client', ...idTokenValidation(5), reasons: ['azp_mismatch'] },
  {
    id: 'encryption-required',
    title: 'It is encrypted where the relying party requires it',
    ...validation(1),
    reasons: ['token_not_encrypted'],
  },
  { id: 'alg', title: 'alg is one that the relying party allows', ...validation(3), reasons: ['alg_not_allowed'] },
  { id: 'crit', title: 'The header has no crit and no b64', ...rfc(7515, '4.1.11'), reasons: ['crit_unsupported'] },
  { id: 'typ', title: 'typ is that of a logout token', ...logoutToken, reasons: ['typ_not_allowed'] },
  {
    id: 'iat',
    title: 'iat is neither in the future nor too long ago',
    ...idTokenValidation(10),
    reasons: ['iat_invalid', 'iat_in_future', 'token_too_old'],
  },
  {
    id: 'exp',
    title: 'exp has not passed',
    ...idTokenValidation(9),
    reasons: ['exp_invalid', 'exp_missing', 'token_expired'],
  },
  {
    id: 'nbf',
    title: 'If there is an nbf, it has passed',
    ...rfc(7519, '4.1.5'),
    reasons: ['nbf_invalid', 'token_not_yet_valid'],
  },
  { id: 'sub', title: 'If there is a sub, it is a text', ...logoutToken, reasons: ['sub_invalid'] },
  { id: 'sid', title: 'If there is a sid, it is a text', ...logoutToken, reasons: ['sid_invalid'] },
  { id: 'scope', title: 'There is a sub or a sid', ...validation(5), reasons: ['scope_missing'] },
  { id: 'events', title: 'events has the back-channel logout event', ...validation(6), reasons: ['events_invalid'] },
  { id: 'nonce', title: 'There is no nonce', ...validation(7), reasons: ['nonce_present'] },
  { id: 'jti', title: 'jti is a text', ...logoutToken, reasons: ['jti_invalid'] },
  {
    id: 'key',
    title: 'One key fits kid and alg, and can be used',
    section: 'OpenID Connect Core 1.0, section 10.1',
    url: `${CORE}#Signing`,
    reasons: ['key_ambiguous', 'key_unusable'],
  },
  { id: 'signature', title: 'The signature verifies', ...validation(2), reasons: ['signature_invalid'] },
  { id: 'jti-use', title: 'No other logout had this jti', ...rfc(7519, '4.1.7'), reasons: ['jti_reused'] },
  {
    id: 'replay',
    title: 'It was not delivered before, where the relying party refuses that',
    ...validation(8),
    reasons: ['token_replayed'],
  },
] as const satisfies readonly Rule[];

type RuleId = (typeof IN_ORDER)[number]['id'];
type RuleReason = (typeof IN_ORDER)[number]['reasons'][number];

/** All rules, in the order in which they are judged. */
export const RULES: readonly Rule[] = IN_ORDER;

/** The last rule that has passed for certain; undefined where it may be none. */
interface Reach {
  readonly plain: RuleId | undefined;
  /** Whose token is encrypted: whom it is for, and all that follows, is judged once it is opened. */
  readonly encrypted: RuleId | undefined;
}

const KINDS = ['plain', 'encrypted'] as const;

const BEFORE_KEYS = { plain: 'jti', encrypted: 'jti' } as const;
const WHEREVER_IT_WAITS = { plain: 'jti', encrypted: 'serialization' } as const;
/** The JWE is in compact serialization. The rule on its encryption is judged to its end later, or not at all. */
const IN_THE_JWE = { encrypted: 'serialization' } as const;

/** No rule is broken for one of these: something else keeps the logout from being judged to its end, or carried out. */
const OF_NO_RULE: Readonly<Record<Exclude<Reason, RuleReason>, Reach>> = {
  key_not_found: BEFORE_KEYS,
  key_unsettled: BEFORE_KEYS,
  jwks_unavailable: BEFORE_KEYS,
  // The client secret, or the keys that open the token.
  secret_unavailable: WHEREVER_IT_WAITS,
  time_budget_spent: WHEREVER_IT_WAITS,
  // A relying party that nobody knows of may have keys to open it with.
  relying_parties_unavailable: { plain: 'serialization', encrypted: 'serialization' },
  // Whatever was the cause, also a defect of the judge: it had a token.
  deferred: { plain: 'token-size', encrypted: 'token-size' },
  store_unavailable: { plain: 'signature', encrypted: 'signature' },
  internal_error: { plain: undefined, encrypted: undefined },
};

/** Reasons that do not say that all rules before theirs hold. */
const OUT_OF_ORDER: Readonly<Partial<Record<RuleReason, Partial<Reach>>>> = {
  // Whether a JWE is encrypted to those whom the token in it names is judged once it is known that they are ours.
  issuer_unknown: IN_THE_JWE,
  audience_mismatch: IN_THE_JWE,
  audience_untrusted: IN_THE_JWE,
  azp_mismatch: IN_THE_JWE,
  // Judged for the JWE, before anything in it can be read, and again for the JWS in it.
  crit_unsupported: IN_THE_JWE,
  // A client secret that is too short for a key is refused after the signature, and the keys of a second client come after
  // the signature of the first.
  signature_invalid: BEFORE_KEYS,
};

/** Of a token, as far as it is known. */
export interface JudgedToken {
  /** Whether it is a JWE; undefined where nobody knows. */
  readonly isEncrypted?: boolean | undefined;
}

/**
 * What became of each rule, by the reason that the receiver gave. Nothing is judged a second time: a rule is said to have
 * passed only where the reason leaves no other way.
 *
 * @param reason undefined where the logout was accepted
 */
export function judgedRules(reason: Reason | undefined, { isEncrypted }: JudgedToken = {}): readonly JudgedRule[] {
  const refused = RULES.findIndex(({ reasons }) => reasons.some((each) => each === reason));
  const kinds = isEncrypted === undefined ? KINDS : ([isEncrypted ? 'encrypted' : 'plain'] as const);
  const passed =
    reason === undefined ? RULES.length : Math.min(...kinds.map((kind) => countPassed(reason, refused, kind)));
  return RULES.map(({ reasons: _, ...rule }, place) => ({
    ...rule,
    outcome: place === refused ? 'refused' : place < passed ? 'passed' : 'unjudged',
  }));
}

function countPassed(reason: Reason, refused: number, kind: keyof Reach): number {
  if (isOfNoRule(reason)) {
    return countUpTo(OF_NO_RULE[reason][kind]);
  }
  const certain = OUT_OF_ORDER[reason]?.[kind];
  return certain === undefined ? refused : countUpTo(certain);
}

function countUpTo(last: RuleId | undefined): number {
  return RULES.findIndex(({ id }) => id === last) + 1;
}

function isOfNoRule(reason: Reason): reason is keyof typeof OF_NO_RULE {
  return Object.hasOwn(OF_NO_RULE, reason);
}
