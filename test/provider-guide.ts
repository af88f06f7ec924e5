import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('../docs/providers/', import.meta.url));

/** The page about an OP in `docs/providers/`, as the form of these pages has it. */
export interface ProviderGuide {
  /** Of the page's sections, in order. */
  readonly headings: readonly string[];
  /** Texts of its relying parties files, each of which stands in a block of its own. */
  readonly relyingPartiesFiles: readonly string[];
  /** Names of the members of the OP's logout token, in order; none where it sends no token, or where they are not verified. */
  readonly token: { readonly header: readonly string[]; readonly claims: readonly string[] };
  /** Which releases were run, and what was read. */
  readonly provenance: string;
}

/** What the table of all pages says of an OP that sends logout tokens. */
interface ProviderRow {
  /** Name of the page's file. */
  readonly page: string;
  readonly backChannel: string;
  readonly typ: string;
  readonly sendsAgain: string;
}

/** Names of the pages' files, without that of the table. */
export function providerPages(): string[] {
  return readdirSync(directory).filter((name) => name !== 'README.md');
}

/** The table of all pages. */
export function providerTable(): string {
  return readFileSync(`${directory}README.md`, 'utf8');
}

/** The rows of the table, one for each page that it links. */
export function providerRows(): ProviderRow[] {
  return [...providerTable().matchAll(/^\| \[.+?\]\((.+?)\) \| (.+) \|$/gm)].map(([, page = '', cells = '']) => {
    const [backChannel = '', _names, typ = '', _exp, sendsAgain = ''] = cells.split('|').map((cell) => cell.trim());
    return { page, backChannel, typ, sendsAgain };
  });
}

/** @param page name of its file */
export function readProviderGuide(page: string): ProviderGuide {
  const text = readFileSync(`${directory}${page}`, 'utf8');
  return {
    headings: matches(text, /^## (.+)$/gm),
    relyingPartiesFiles: matches(text, /^```json\n(.*?)^```$/gms),
    provenance: text.slice(text.lastIndexOf('\n## ')),
    token: { header: membersIn(text, 'header'), claims: membersIn(text, 'claims') },
  };
}

function membersIn(text: string, part: string): string[] {
  const row = new RegExp(`^\\| ${part} \\| (.+) \\|$`, 'm').exec(text)?.[1] ?? '';
  return matches(row, /`([^`]+)`/g);
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}
