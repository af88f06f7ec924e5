import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { build } from 'esbuild';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
]);
/** Names that lead neither out of the directory nor to hidden files. */
const PLAIN_PATH = /^(\/[\w-][\w.-]*)+$/;

/** A file as it is served. */
export interface PageFile {
  readonly type: string;
  readonly content: Uint8Array;
}

/**
 * Reads a file of a page.
 *
 * @param directories the first that has it counts
 * @param path of the URL; `/` is `index.html`
 * @returns undefined where there is none
 */
export async function pageFile(directories: readonly string[], path: string): Promise<PageFile | undefined> {
  const name = path === '/' ? '/index.html' : path;
  const type = TYPES.get(extname(name));
  if (type === undefined || !PLAIN_PATH.test(name)) {
    return undefined;
  }
  for (const directory of directories) {
    const file = join(directory, name);
    const content = await readFile(file).catch(() => builtScript(file));
    if (content) {
      return { type, content };
    }
  }
  return undefined;
}

/** Scripts of pages are written in TypeScript, which no browser reads: each is built when it is asked for, in some milliseconds. */
async function builtScript(file: string): Promise<Uint8Array | undefined> {
  const source = file.replace(/\.js$/, '.ts');
  if (source === file || !existsSync(source)) {
    return undefined;
  }
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  return outputFiles[0]?.contents;
}
