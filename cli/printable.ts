/** Controls, formats (which turn the direction of a line), private and unassigned characters, and line separators. */
const STEERING = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text that others chose: nothing in it can steer the terminal. Line breaks stay. */
export function printable(text: string): string {
  return text.replaceAll(STEERING, escaped);
}

/**
 * The JSON text of a value that others chose. It is JSON still, and nothing in it can steer the terminal.
 *
 * @param indent blanks for each level; without, it is one line
 */
export function printableJson(value: unknown, indent?: number): string {
  return printable(JSON.stringify(value, null, indent) ?? 'null');
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
