import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const Package = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * Writes the licences of the libraries that the built files hold: they ask for it where their code is passed on.
 *
 * @param inputs paths of the sources that were built in, relative to the project's directory
 * @throws Error where a library has no licence
 */
export function writeThirdPartyNotices(projectDirectory: string, inputs: readonly string[], file: string): void {
  const packages = new Set(inputs.map((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0]));
  const notices = [...packages]
    .filter((path) => path !== undefined)
    .sort()
    .map((path) => noticeOf(join(projectDirectory, path)));
  writeFileSync(file, notices.join(`\n${'-'.repeat(80)}\n\n`));
}

function noticeOf(directory: string): string {
  const { name, version, license } = Package.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')));
  const texts = readdirSync(directory)
    .filter((name) => /^(licen[cs]e|notice)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n').concat('\n');
}
