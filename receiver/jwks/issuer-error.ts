/** An issuer, or the way to it, does not give what its keys need: it has failed, and nothing in this code. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
}
