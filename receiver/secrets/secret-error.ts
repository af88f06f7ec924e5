/** A secret is there, and is not what it has to be. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}
