import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWrittenJson } from '../../../receiver/relying-parties/written-json.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => Uint8Array.from(Buffer.from(text, 'utf16le'));

function messageOf(bytes: Uint8Array): string {
  try {
    parseWrittenJson(bytes);
  } catch (error) {
    return String(error);
  }
  return 'it is taken';
}

describe('a JSON file that somebody wrote', () => {
  it.each([
    ['as it is', utf8('{\n  "a": [1]\n}\n')],
    ['with a byte order mark, as Windows editors write it', utf8('\ufeff{"a":[1]}')],
    ['with the line breaks of Windows', utf8('{\r\n\t"a": [1]\r\n}\r\n')],
    ['with the line breaks of old Macs', utf8('{\r"a": [1]\r}\r')],
  ])('is taken %s', (_what, bytes) => {
    expect(parseWrittenJson(bytes)).toEqual({ a: [1] });
  });

  it('may have one name in several objects', () => {
    expect(parseWrittenJson(utf8('[{"a":1},{"a":{"a":2}}]'))).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });

  it.each<[string, Uint8Array | string, string, string]>([
    ['a comma behind the last name', '{\n  "a": 1,\n}', 'line 2, column 9', 'a comma before a closing bracket'],
    ['a comma behind the last value', '[\n1,\n2,\n\n]', 'line 3, column 2', 'a comma before a closing bracket'],
    ['the same with Windows line breaks', '{\r\n"a": 1,\r\n}', 'line 2, column 7', 'a comma before a closing bracket'],
    ['a comma too many', '{"a":1,,"b":2}', 'line 1, column 8', 'a comma too many'],
    ['a value that is missing', '{"a":}', 'line 1, column 6', 'a value is missing before this place'],
    ['a comma that is missing', '{\n"a":1\n"b":2}', 'line 3, column 1', 'a comma is missing before this place'],
    ['a colon that is missing', '{"a" 1}', 'line 1, column 6', 'a colon is missing before this place'],
    ['an equals sign', '{"a"=1}', 'line 1, column 5', 'an equals sign or a semicolon'],
    ['a comment to the end of the line', '{\n  // the shop\n"a":1}', 'line 2, column 3', 'a comment: JSON has none'],
    ['a comment in the line', '{"a":1 /* b */}', 'line 1, column 8', 'a comment: JSON has none'],
    ['a comment of the shell', '# a\n{}', 'line 1, column 1', 'a comment: JSON has none'],
    ['an empty file', '', 'line 1, column 1', 'the file is empty'],
    ['a file of blanks', ' \r\n\t', 'line 1, column 1', 'the file is empty'],
    ['a byte order mark alone', '\ufeff', 'line 1, column 1', 'the file is empty'],
    ['half a file', '{"a": [1,', 'line 1, column 10', 'the file ends too early'],
    ['half a file, behind a name', '{"a"', 'line 1, column 5', 'the file ends too early'],
    ['a bracket that is not closed', '{"a":{"b":1}\n', 'line 2, column 1', 'the file ends too early'],
    ['a bracket of the wrong kind', '{"a":[1}', 'line 1, column 8', 'a closing bracket of the wrong kind'],
    ['a bracket too many', '{"a":1}}', 'line 1, column 8', 'something stands behind the end'],
    ['two values', '{"a":1}\n{"a":2}', 'line 2, column 1', 'something stands behind the end'],
    ['UTF-16, as PowerShell 5 writes it', utf16('\ufeff{"a":1}'), 'line 1, column 1', 'the file is encoded in UTF-16'],
    [
      'UTF-16 the other way round',
      utf16('\ufeff{"a":1}').map(swapped),
      'line 1, column 1',
      'the file is encoded in UTF-16',
    ],
    ['UTF-16 without a byte order mark', utf16('{"a":1}'), 'line 1, column 1', 'the file is encoded in UTF-16'],
    [
      'Latin-1',
      Buffer.from('{"a":1,\n"b":"caf\u00e9 x"}', 'latin1'),
      'line 2, column 9',
      'a character that is not encoded',
    ],
    [
      'Latin-1 and a byte order mark',
      Buffer.from('\u00ef\u00bb\u00bf"\u00e9"', 'latin1'),
      'line 1, column 2',
      'a character that is not encoded',
    ],
    ['single quotes', "{'a':1}", 'line 1, column 2', 'a single quote or a backtick'],
    ['a code fence', '```json\n{}\n```', 'line 1, column 1', 'a single quote or a backtick'],
    ['typographic quotes', '{\u201ca\u201d:1}', 'line 1, column 2', 'a typographic quotation mark'],
    ['quotes that the shell took away', '{"a":{b:c}}', 'line 1, column 7', 'text without double quotes around it'],
    ['YAML', 'relyingParties:\n  - a', 'line 1, column 1', 'text without double quotes around it'],
    ['a blank that does not break', '{\u00a0"a":1}', 'line 1, column 2', 'an invisible character'],
    ['a blank of no width', '{"a":\u200b1}', 'line 1, column 6', 'an invisible character'],
    ['NaN', '{"a":NaN}', 'line 1, column 6', 'NaN and Infinity'],
    ['-Infinity', '{"a":-Infinity}', 'line 1, column 6', 'NaN and Infinity'],
    ['a truth of Python', '{"a":True}', 'line 1, column 6', 'a value of another language'],
    ['undefined', '{"a":undefined}', 'line 1, column 6', 'a value of another language'],
    ['a leading zero', '{"a":060}', 'line 1, column 6', 'a number that JSON does not know'],
    ['a hexadecimal number', '{"a":0x3c}', 'line 1, column 6', 'a number that JSON does not know'],
    ['separated thousands', '{"a":86_400}', 'line 1, column 7', 'a number that JSON does not know'],
    ['a leading plus', '{"a":+1}', 'line 1, column 6', 'a number that JSON does not know'],
    ['a number that begins with its point', '{"a":.5}', 'line 1, column 6', 'a number that JSON does not know'],
    ['a number that ends with its point', '{"a":1.}', 'line 1, column 6', 'a number that is not complete'],
    [
      'a quote that is not closed',
      '{"a":"b,\n"c":1}',
      'line 1, column 6',
      'a text whose closing double quote is missing',
    ],
    ['a tab in a text', '{"a":"b\tc"}', 'line 1, column 8', 'a control character in a text'],
    ['a path of Windows', '{"a":"C:\\data"}', 'line 1, column 6', 'an escape that JSON does not know'],
    ['half an escape', '{"a":"\\u12"}', 'line 1, column 6', 'an escape that is not complete'],
    ['a merge conflict', '{\n<<<<<<< HEAD\n"a":1}', 'line 2, column 1', 'the mark of a merge conflict'],
    ['a name twice', '{"a":1,\n"b":2, "a":3}', 'line 2, column 8', 'a name that this object has already'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":3}', 'line 1, column 8', 'a name that this object has already'],
  ])('is refused with its place and its cause: %s', (_what, content, place, cause) => {
    const bytes = typeof content === 'string' ? utf8(content) : content;
    expect(messageOf(bytes)).toContain(`WrittenJsonError: not JSON: ${place}: ${cause}`);
  });

  it('is refused whenever JSON.parse refuses it, in one line that holds nothing of it', () => {
    const secret = 'swordfish';
    const valid = JSON.stringify({ a: [secret, { b: -1.5e3, c: [true, null, `"${secret}\\`] }] }, null, 1);
    const part = fc.constantFrom(...',:{}[]"\'\\/*#0-+.eE\n\r\t \u00a0\u0000', secret, '//', 'NaN', 'true', '\\u12');
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(3), part, (place, removed, inserted) => {
        const text = valid.slice(0, place) + inserted + valid.slice(place + removed);
        const message = messageOf(utf8(text));
        const isJson = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        expect(message).toMatch(
          isJson ? /taken$|has already$/ : /^WrittenJsonError: not JSON: line \d+, column \d+: [^\n]+$/,
        );
        expect(message).not.toContain(secret);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

/** The bytes of each pair change places. */
function swapped(_byte: number, index: number, bytes: Uint8Array): number {
  return bytes[index ^ 1] ?? 0;
}
