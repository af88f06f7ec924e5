import { printable } from '../printable.ts';

/**
 * Why an HTTP request of ours has failed, in a few words.
 *
 * @param error what the network, TLS, or reading the answer threw
 */
export function networkFailure(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // The global fetch says what has failed in the cause; an address with several tries, in the error of each.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(networkFailure))].join('; ');
  }
  if (error.name === 'TypeError' && error.cause !== undefined) {
    return networkFailure(error.cause);
  }
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return 'there was no answer in time';
  }
  return error.name.endsWith('ZodError') ? 'the document has not what it needs' : printable(error.message);
}
