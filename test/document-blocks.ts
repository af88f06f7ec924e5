import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

/** A block of code in a page of the documentation. */
interface DocumentBlock {
  /** From the root of the project. */
  readonly page: string;
  /** Number of its first line in the page, from 1. */
  readonly line: number;
  /** Where it is compiled: the name in its first line, which other blocks of the page import it by, or its line. */
  readonly file: string;
  readonly code: string;
  /** What the fence says after the language: `tried-by-hand` where the library is not installed here. */
  readonly mark: string;
}

const PAGES = ['README.md', 'SECURITY.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)];

/** Finds the TypeScript and JavaScript of all pages. */
export function documentBlocks(): DocumentBlock[] {
  return PAGES.filter((page) => page.endsWith('.md')).flatMap((page) => {
    const text = readFileSync(join(project, page), 'utf8');
    return [...text.matchAll(/^```(ts|tsx|js)(?: ([^\n]+))?\n(.*?)^```$/gms)].map(
      ({ index, 1: language = '', 2: mark = '', 3: code = '' }) => {
        const line = text.slice(0, index).split('\n').length + 1;
        const [, name = `line-${line}.${language}`] = /^\/\/ (\S+\.(?:ts|tsx|js))\n/.exec(code) ?? [];
        return { page, line, file: join(basename(page, '.md'), name), code, mark };
      },
    );
  });
}

/**
 * Writes each block to a file, in a directory for each page, at the line at which it stands in the page: so the
 * compiler's messages name that line.
 */
export function writeDocumentBlocks(blocks: readonly DocumentBlock[], directory: string): void {
  for (const { line, file, code } of blocks) {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '\n'.repeat(line - 1) + code, { flag: 'wx' });
  }
}
