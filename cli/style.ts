import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours a text, where it goes to a terminal that has colours and nobody has set `NO_COLOR`. */
export type Style = (format: Format, text: string) => string;

export interface MaybeTerminal {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** @param stream where the text goes to */
export function styleFor(stream: MaybeTerminal): Style {
  // Without a look of its own at standard output, which may be another stream.
  const coloured: Style = (format, text) => styleText(format, text, { validateStream: false });
  return stream.isTTY && stream.hasColors?.() ? coloured : (_format, text) => text;
}
