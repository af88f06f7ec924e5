/**
 * Why a logout request was refused or failed: stable codes, and the sentence that the OP's administrator reads.
 *
 * A sentence never holds input, nor `"` or `\`, which `error_description` may not have (RFC 6749, section 5.2).
 */
export const REASONS = {
  method_not_allowed: 'a logout request is a POST',
  content_type_unsupported: 'the content type must be application/x-www-form-urlencoded',
  body_too_large: 'the body is larger than the receiver allows',
  logout_token_missing: 'the body has no logout_token parameter',
  logout_token_repeated: 'the body has more than one logout_token parameter',
  token_too_large: 'the logout token is larger than the receiver allows',
  token_malformed: 'the logout token is not a JWS in compact serialization with a JSON object as payload',
  token_encrypted:
    'the logout token is encrypted, and no decryption key is configured that fits its alg and kid headers',
  token_not_encrypted: 'the relying party requires the logout token to be encrypted',
  encryption_not_allowed: 'the alg, enc or zip header of the encrypted logout token is not allowed',
  decryption_failed: 'the logout token does not decrypt with the keys of the relying party that it is for',
  decryption_key_ambiguous:
    'more than 8 decryption keys fit the alg and kid headers, and the first 8 do not decrypt it',
  alg_not_allowed: 'the alg header is not one that the relying party allows',
  crit_unsupported: 'the header has crit or b64',
  typ_not_allowed: 'the typ header is not that of a logout token',
  issuer_unknown: 'no relying party is configured for the iss claim',
  audience_mismatch: 'the aud claim names no client that is configured for the issuer',
  audience_untrusted: 'the aud claim names a client that is neither configured for the issuer nor trusted',
  azp_mismatch: 'the azp claim is not a client that the logout is for',
  key_not_found: 'the issuer publishes no key that fits the kid and alg headers yet',
  key_unsettled: 'the token does not verify with the keys that are known, and they may be from before it came',
  key_ambiguous: 'the issuer publishes several keys that fit, and the token has no kid header',
  key_unusable: 'the key is broken, or too short for the alg header',
  signature_invalid: 'the signature does not verify',
  iat_invalid: 'the iat claim is missing or not a number',
  iat_in_future: 'the iat claim lies in the future',
  token_too_old: 'the iat claim is longer ago than the relying party allows',
  exp_missing: 'the relying party requires an exp claim',
  exp_invalid: 'the exp claim is not a number',
  token_expired: 'the exp claim has passed',
  nbf_invalid: 'the nbf claim is not a number',
  token_not_yet_valid: 'the nbf claim lies in the future',
  jti_invalid: 'the jti claim is missing or not a string of 1 to 1024 characters',
  jti_reused: 'another logout token with the same jti claim named another issuer, audience, sub or sid',
  token_replayed: 'a logout token with the same jti claim was delivered before, and its logout is done',
  events_invalid: 'the events claim has no back-channel logout event',
  nonce_present: 'a logout token must not have a nonce claim',
  sub_invalid: 'the sub claim is not a string of 1 to 1024 characters',
  sid_invalid: 'the sid claim is not a string of 1 to 1024 characters',
  scope_missing: 'the token has neither a sub nor a sid claim',
  jwks_unavailable: 'the keys of the issuer cannot be fetched',
  secret_unavailable: 'a secret of the relying party cannot be read',
  relying_parties_unavailable: 'the relying parties that are configured now cannot be read',
  store_unavailable: 'the sessions table cannot be used',
  time_budget_spent: 'the logout takes longer than one request may',
  deferred: 'the logout cannot be completed now; it is kept and will be, and there is no need to send it again',
  internal_error: 'the receiver failed',
} as const;

/** Stable reason code: in the answer, in the log line and in the metric's dimension. */
export type Reason = keyof typeof REASONS;

/** Text for `error_description`: the reason code first, for programs, then the sentence, for people. */
export function describeReason(reason: Reason): string {
  return `${reason}: ${REASONS[reason]}`;
}
