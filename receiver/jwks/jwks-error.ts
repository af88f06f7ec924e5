/** What keeps a token from being verified with the keys that its issuer publishes. */
export type KeyProblem = 'key_not_found' | 'key_ambiguous' | 'key_unusable' | 'signature_invalid';

export type JwksErrorCode = KeyProblem | 'key_unsettled' | 'jwks_unavailable';

/** Those that no later answer of the issuer can change, once it was asked after the token came. */
const FINAL: readonly JwksErrorCode[] = ['key_ambiguous', 'key_unusable', 'signature_invalid'];

/** A token cannot be verified with its issuer's keys: now, or ever. */
export class JwksError extends Error {
  override readonly name = 'JwksError';
  readonly code: JwksErrorCode;

  constructor(code: JwksErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Whether it is the token's fault, for good. A key that is missing never is: issuers sign with keys that they publish
   * later, or that their caches show later.
   */
  get isFinal(): boolean {
    return FINAL.includes(this.code);
  }
}
