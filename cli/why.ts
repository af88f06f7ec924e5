import { printable } from './printable.ts';

const MAX_CHARACTERS = 400;

/**
 * Why something outside has failed, in one line: the message of the first cause.
 *
 * @param error what the network, TLS, or reading the answer threw
 */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error.cause !== undefined) {
    return whyOf(error.cause);
  }
  // A name with several addresses is tried at all of them, and what was wrong stands in the errors of each.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(whyOf))].join('; ');
  }
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return 'there was no answer in time';
  }
  if (error.name.endsWith('ZodError')) {
    return 'the document has not what it needs';
  }
  return printable(error.message.replaceAll(/\s+/g, ' ').trim(), MAX_CHARACTERS);
}
