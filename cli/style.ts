import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours a text, where it goes to a terminal that has colours and nobody has set `NO_COLOR`. */
export type Style = (format: Format, text: string) => string;

export interface MaybeTerminal {
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
  hasColors?(): boolean;
}

/** @param stream where the text goes to */
export function styleFor(stream: MaybeTerminal): Style {
  const hasColors = stream.isTTY === true && stream.hasColors?.() === true;
  // By itself, styleText looks at the standard output, whichever stream the text is for.
  return hasColors ? (format, text) => styleText(format, text, { validateStream: false }) : (_format, text) => text;
}
