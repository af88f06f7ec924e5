import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const POSITION = /(file:\/\/[^\s()]+\.mjs):(\d+):(\d+)/g;

/**
 * A stack trace with the places in the sources in place of those in the minified bundles.
 *
 * Node.js does the same with `--enable-source-maps`, but reads all maps when it loads the bundles: 50 ms at each cold
 * start, for errors that hardly ever come.
 *
 * @param stack as `Error.stack` has it; a place without a source map stays
 */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(POSITION, (position: string, url: string, line: string, column: string) => {
    const map = maps.has(url) ? maps.get(url) : readSourceMap(url);
    maps.set(url, map);
    const origin = map?.findOrigin(Number(line), Number(column));
    return origin && 'fileName' in origin
      ? `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`
      : position;
  });
}

function readSourceMap(url: string): SourceMap | undefined {
  try {
    // Not by an import: it takes its time at each cold start.
    const { SourceMap: SourceMapOf } = process.getBuiltinModule('node:module');
    return new SourceMapOf(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    // To say where an error came from must never fail.
    return undefined;
  }
}
