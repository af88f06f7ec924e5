export type JwksErrorCode = 'key_not_found' | 'key_ambiguous' | 'key_unusable' | 'jwks_unavailable';

/** An issuer's key cannot be had. Only `jwks_unavailable` may pass by itself. */
export class JwksError extends Error {
  override readonly name = 'JwksError';
  readonly code: JwksErrorCode;

  constructor(code: JwksErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
