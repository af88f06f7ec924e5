import { EXIT, type ExitCode } from './exit-code.ts';
import { printableLines } from './printable.ts';
import type { Style } from './style.ts';

/** Something that was looked at. */
export interface Finding {
  /** For scripts: it stays as it is from version to version. */
  readonly code: string;
  /** `note` is worth knowing, and no reason to act. */
  readonly level: 'good' | 'note' | 'problem';
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
}

const MARKS = {
  good: ['green', '✓'],
  note: ['yellow', '!'],
  problem: ['red', '✗'],
} as const;

/** One line each, and the advice below. */
export function textOfFindings(findings: readonly Finding[], style: Style): string {
  return findings
    .flatMap(({ level, text, advice }) => {
      const [colour, mark] = MARKS[level];
      return [
        `${style(colour, mark)} ${printableLines(text)}`,
        ...(advice === undefined ? [] : [`    ${printableLines(advice)}`]),
      ];
    })
    .join('\n');
}

export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  return findings.some(({ level }) => level === 'problem') ? EXIT.finding : EXIT.fine;
}
