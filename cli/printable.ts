/**
 * What a terminal acts on, or does not show where it stands: control characters with their escape sequences, marks of
 * the direction of writing, separators of lines, halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

const MAX_CHARACTERS = 300;

/**
 * Makes a text that comes from elsewhere safe to print in one line: what a terminal could act on is escaped as in JSON, and
 * it has an end.
 *
 * @param maxCharacters that are printed of it
 */
export function printable(text: string, maxCharacters = MAX_CHARACTERS): string {
  const end = text.length > maxCharacters ? '...' : '';
  return `${escaped(text.slice(0, maxCharacters))}${end}`;
}

/** The JSON of a value, which means the same and is safe to print: `JSON.stringify` leaves some characters as they are. */
export function printableJson(value: unknown, space?: number): string {
  // Outside of texts there are no control characters but its own line breaks.
  return printableLines(JSON.stringify(value, null, space) ?? 'null');
}

/** A text of ours, with its line breaks, in which something may stand that comes from elsewhere. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
