/** What an issuer, or the way to it, does not do. */
export type IssuerErrorCode =
  | 'no_address'
  | 'address_not_allowed'
  | 'not_connected'
  | 'status_unexpected'
  | 'answer_too_large'
  | 'not_json'
  | 'not_jwks'
  | 'issuer_mismatch'
  | 'jwks_uri_not_https'
  | 'no_usable_key';

interface IssuerErrorOptions extends ErrorOptions {
  readonly statusCode?: number | undefined;
  /** Where a redirect leads to, as the issuer wrote it. */
  readonly location?: string | undefined;
}

/** An issuer, or the way to it, does not give what its keys need: it has failed, and nothing in this code. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly code: IssuerErrorCode;
  readonly statusCode: number | undefined;
  readonly location: string | undefined;

  constructor(code: IssuerErrorCode, message: string, { statusCode, location, ...options }: IssuerErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.statusCode = statusCode;
    this.location = location;
  }
}
