import { printParseErrorCode, visit } from 'jsonc-parser';

/** A file that a person wrote is not JSON. The message says where and why, and quotes nothing: a secret may stand there. */
export class WrittenJsonError extends Error {
  override readonly name = 'WrittenJsonError';
}

interface Fault {
  /** In UTF-16 code units. */
  readonly offset: number;
  readonly cause: string;
}

const NO_TRAILING_COMMA = 'a comma before a closing bracket: JSON has no trailing commas';
const NO_COMMENTS = 'a comment: JSON has none';
const WITHOUT_QUOTES = 'text without double quotes around it';
const ENDS_EARLY = 'the file ends too early: a closing bracket or a value is missing';
const NUMBER = 'a number that JSON does not know: it begins with a digit or a minus, and not with a needless 0';
const NO_COMMA = 'a comma is missing before this place';

/** What stands at the place of an error tells its cause. The first pattern that fits counts. */
const CAUSES: Readonly<Record<string, readonly (readonly [at: RegExp, cause: string])[]>> = {
  InvalidSymbol: [
    [/^['`]/, 'a single quote or a backtick: JSON has double quotes only'],
    [/^[\u2018-\u201f\u00ab\u00bb\u2039\u203a]/, 'a typographic quotation mark: JSON has the plain double quote only'],
    [/^[\p{Z}\p{Cf}]/u, 'an invisible character that is no blank, as copying from a web page leaves it'],
    [/^\p{Cc}/u, 'a control character'],
    [/^#/, NO_COMMENTS],
    [/^[=;](?!=)/, 'an equals sign or a semicolon: JSON has colons and commas'],
    [/^(<{7}|={7}|>{7})/, 'the mark of a merge conflict'],
    [/^[+-]?(NaN|Infinity)\b/, 'NaN and Infinity, which are no values in JSON'],
    [/^(True|False|None|undefined|nil)\b/, 'a value of another language: JSON has true, false and null'],
    [/^[+.-]/, NUMBER],
    [/^/, WITHOUT_QUOTES],
  ],
  InvalidCommentToken: [[/^/, NO_COMMENTS]],
  PropertyNameExpected: [
    [/^$/, ENDS_EARLY],
    [/^\}/, NO_TRAILING_COMMA],
    [/^,/, 'a comma too many'],
    [/^/, 'a name in double quotes is missing at this place'],
  ],
  ValueExpected: [
    [/^$/, ENDS_EARLY],
    [/^[,\]}]/, 'a value is missing before this place'],
    [/^/, 'no value'],
  ],
  ColonExpected: [
    [/^$/, ENDS_EARLY],
    [/^/, 'a colon is missing before this place'],
  ],
  CommaExpected: [
    [/^[}\]]/, 'a closing bracket of the wrong kind'],
    [/^/, NO_COMMA],
  ],
  CloseBraceExpected: [[/^/, ENDS_EARLY]],
  CloseBracketExpected: [[/^/, ENDS_EARLY]],
  EndOfFileExpected: [[/^/, 'something stands behind the end of the JSON value']],
  UnexpectedEndOfString: [[/^/, 'a text whose closing double quote is missing, or that has a line break in it']],
  UnexpectedEndOfNumber: [[/^/, 'a number that is not complete']],
  InvalidUnicode: [[/^/, 'an escape that is not complete: \\u is followed by four hexadecimal digits']],
  InvalidEscapeCharacter: [[/^/, 'an escape that JSON does not know: a backslash itself is written \\\\']],
  InvalidCharacter: [[/^/, 'a control character in a text: a tab is written \\t']],
};

/**
 * Parses a JSON file that a person wrote with an editor or a shell, and says what is wrong with it.
 *
 * Not for the functions: they read files that were checked, and the parser behind this is not in their bundles.
 *
 * @param bytes of the file. A byte order mark is skipped.
 * @throws WrittenJsonError with line, column and cause, where it is not UTF-8, is not JSON, or has a name twice
 */
export function parseWrittenJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const fault = faultIn(text);
  if (fault) {
    throw faultError(text, fault);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parsers differ. The message of JSON.parse quotes the file.
    throw new WrittenJsonError('not JSON');
  }
}

function faultError(text: string, { offset, cause }: Fault): WrittenJsonError {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return new WrittenJsonError(`not JSON: line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: ${cause}`);
}

/** RFC 8259, section 8.1: JSON that is exchanged is UTF-8. */
function decode(bytes: Uint8Array): string {
  const [first = 1, second = 1] = bytes;
  if (first === 0 || second === 0 || ((first ^ second) === 1 && first >= 0xfe)) {
    throw faultError('', {
      offset: 0,
      cause: 'the file is encoded in UTF-16: save it as UTF-8 (PowerShell: -Encoding utf8)',
    });
  }
  const text = new TextDecoder().decode(bytes);
  const encoded = new TextEncoder().encode(text);
  const start = bytes.length - withoutMark(bytes).length;
  const wrong = encoded.findIndex((byte, index) => byte !== bytes[start + index]);
  if (wrong >= 0) {
    const offset = new TextDecoder().decode(encoded.subarray(0, wrong)).replace(/\ufffd$/, '').length;
    throw faultError(text, { offset, cause: 'a character that is not encoded in UTF-8: save the file as UTF-8' });
  }
  return text;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
}

function faultIn(text: string): Fault | undefined {
  if (text.trim() === '') {
    return { offset: 0, cause: 'the file is empty' };
  }
  let fault: Fault | undefined;
  const namesOfObjects: Set<string>[] = [];
  visit(
    text,
    {
      onObjectBegin: () => void namesOfObjects.push(new Set()),
      onObjectEnd: () => void namesOfObjects.pop(),
      onObjectProperty: (name, offset) => {
        const names = namesOfObjects.at(-1);
        if (names?.has(name)) {
          fault ??= { offset, cause: 'a name that this object has already' };
        }
        names?.add(name);
      },
      onError: (code, offset, length) => {
        fault ??= faultAt(text, printParseErrorCode(code), offset, length);
      },
    },
    { disallowComments: true },
  );
  return fault;
}

function faultAt(text: string, code: string, offset: number, length: number): Fault {
  const comma = /,\s*$/.exec(text.slice(0, offset));
  if (comma && /^[}\]]/.test(text.slice(offset))) {
    return { offset: comma.index, cause: NO_TRAILING_COMMA };
  }
  // Behind 0 in 060 and 0x3c, behind 86 in 86_400.
  if (/\d/.test(text.charAt(offset - 1)) && /^\w/.test(text.slice(offset))) {
    return { offset: offset - 1, cause: NUMBER };
  }
  const at = text.slice(offset, offset + Math.max(length, 40));
  const cause = CAUSES[code]?.find(([pattern]) => pattern.test(at))?.[1] ?? 'no JSON';
  // Of a text, the parser gives the beginning.
  const within = code === 'InvalidCharacter' ? at.search(/\p{Cc}/u) : 0;
  return { offset: offset + Math.max(within, 0), cause };
}
