/**
 * What a terminal acts on, or does not show where it stands: control characters with their escape sequences, marks of
 * the direction of writing, separators of lines, halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

const MAX_CHARACTERS = 300;

/**
 * Makes a text that comes from elsewhere safe to print in one line: what a terminal could act on is escaped as in JSON, and
 * it has an end.
 */
export function printable(text: string): string {
  const end = text.length > MAX_CHARACTERS ? '...' : '';
  const escaped = text.slice(0, MAX_CHARACTERS).replace(UNPRINTABLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
  return `${escaped}${end}`;
}
