export type JwksErrorCode = 'key_not_found' | 'key_ambiguous' | 'key_unusable' | 'key_unsettled' | 'jwks_unavailable';

interface JwksErrorOptions extends ErrorOptions {
  /** @default - true */
  readonly isWorthKeeping?: boolean;
}

/** An issuer's key cannot be had. Only `key_unsettled` and `jwks_unavailable` may pass by themselves. */
export class JwksError extends Error {
  override readonly name = 'JwksError';
  readonly code: JwksErrorCode;
  /** Whether what needs the key should be kept until it passes; false where too many have come that may be made up. */
  readonly isWorthKeeping: boolean;

  constructor(code: JwksErrorCode, message: string, { isWorthKeeping = true, ...options }: JwksErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.isWorthKeeping = isWorthKeeping;
  }
}
