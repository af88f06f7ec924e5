import type { ExitCode } from './exit-code.ts';
import type { Style } from './style.ts';

/** What a command has to say. It is printed once, in one of two forms. */
export interface Outcome {
  readonly exitCode: ExitCode;
  /** For `--json`: one document, whose members stay as they are from version to version. */
  readonly json: unknown;
  /** For people, without a line break at its end. */
  text(style: Style): string;
}
