/** The relying parties file is missing, is not JSON, or breaks a rule. The message names every field at fault, in one line. */
export class RelyingPartiesError extends Error {
  override readonly name = 'RelyingPartiesError';
}
