import { stripVTControlCharacters } from 'node:util';

/**
 * Breaks the lines of a text between words, where a terminal would break them within. What goes on is indented as its line
 * is, and a bit more.
 *
 * @param columns of the terminal
 */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrappedLine(line, columns))
    .join('\n');
}

/** A command stays in one line: somebody copies it. */
const COMMAND = /^ *logout-receiver /;

function wrappedLine(line: string, columns: number): string {
  if (widthOf(line) <= columns || COMMAND.test(line)) {
    return line;
  }
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...words] = line.slice(indent.length).split(' ');
  const lines: string[] = [];
  let current = `${indent}${first}`;
  for (const word of words) {
    const longer = `${current} ${word}`;
    if (widthOf(longer) > columns) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current].join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
