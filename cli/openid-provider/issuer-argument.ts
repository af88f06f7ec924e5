import { placeholderIn } from '../../receiver/relying-parties/placeholder.ts';
import { isIssuer } from '../../receiver/relying-parties/relying-party-input.ts';
import { UsageError } from '../command-error.ts';
import { printable } from '../printable.ts';

const WELL_KNOWN = /\/\.well-known\/.*$/;

/**
 * Reads an issuer as somebody typed it.
 *
 * @returns it as it is: a slash at its end counts
 * @throws UsageError saying what to type instead
 */
export function issuerArgument(typed: string): string {
  const placeholder = placeholderIn(typed);
  if (placeholder !== undefined) {
    throw new UsageError(`ISSUER: put the value in the place of ${printable(placeholder)}`);
  }
  if (isIssuer(typed)) {
    return typed;
  }
  const suggested = suggestionFor(typed);
  const rule = 'an issuer is an https: URL without query and fragment (http: only on loopback)';
  throw new UsageError(
    `ISSUER: found ${printable(typed)}; ${rule}${suggested === undefined ? '' : `. Type ${printable(suggested)}`}`,
  );
}

/** What was most likely meant. */
function suggestionFor(typed: string): string | undefined {
  const url = (/^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`)
    .replace(/[?#].*$/, '')
    .replace(WELL_KNOWN, '');
  return [url, url.replace(/^http:/i, 'https:')].find(isIssuer);
}
