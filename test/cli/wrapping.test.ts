import { expect, it } from 'vitest';
import { wrapped } from '../../cli/wrapping.ts';

it.each([
  ['short lines, and tables that fit', '  a   b\nc', 10, '  a   b\nc'],
  [
    'a long line between words, with what goes on indented',
    '  one two three four',
    11,
    '  one two\n    three\n    four',
  ],
  ['a colour, which has no width', '\u001b[32m✓\u001b[39m one two', 9, '\u001b[32m✓\u001b[39m one two'],
  [
    'a word that is longer than the terminal, which stays whole',
    'a https://op.example.com/ b',
    9,
    'a\n  https://op.example.com/\n  b',
  ],
  ['a command, which somebody copies', '  logout-receiver discover x', 9, '  logout-receiver discover x'],
  ['nothing, where the output is no terminal', 'one two three', Number.POSITIVE_INFINITY, 'one two three'],
])('the text of a command is wrapped: %s', (_what, text, columns, expected) => {
  expect(wrapped(text, columns)).toBe(expected);
});
