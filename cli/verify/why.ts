import { printable } from '../printable.ts';

const MAX_CHARACTERS = 400;

/** The message of the first cause of an error, in one line: an OP has chosen parts of it, such as the address of its keys. */
export function whyOf(error: unknown): string {
  if (error instanceof Error && error.cause !== undefined) {
    return whyOf(error.cause);
  }
  return printable(messageOf(error).replaceAll(/\s+/g, ' '), MAX_CHARACTERS);
}

/** A name with several addresses is tried at all of them, and what was wrong stands in the errors of each. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
