// @ts-check
// Plain JavaScript without libraries: what `npm start` and `cdk synth` run before anything else is loaded.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectDirectory = fileURLToPath(new URL('..', import.meta.url));

/** Not in the package: see `files` of package.json. */
export const programsDirectory = join(projectDirectory, 'dist/programs');

/**
 * What a program was built from, and where to.
 *
 * @typedef {object} Origin
 * @property {string} file the built program, relative to the project's directory
 * @property {string} digest of the inputs, when it was built
 * @property {string[]} inputs paths relative to the project's directory, sorted
 */

/**
 * Where the origin of a program is written.
 *
 * @param {string} source path of the program's source, relative to the project's directory
 */
export function originFile(source) {
  return join(programsDirectory, `${source.replaceAll(/[^a-z]/g, '-')}.origin.json`);
}

/**
 * A digest of the content of files.
 *
 * @param {readonly string[]} inputs paths relative to the project's directory
 */
export function digestOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const path = join(projectDirectory, input);
    hash.update(`\n${input}\n`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

/**
 * Path of a program that was built from what its sources are now; it is built first where there is none.
 *
 * @param {string} source path of the program's source, relative to the project's directory
 */
export function builtProgram(source) {
  const built = upToDate(source) ?? build(source);
  return join(projectDirectory, built);
}

/** @param {string} source */
function upToDate(source) {
  const file = originFile(source);
  if (!existsSync(file)) {
    return undefined;
  }
  /** @type {Origin} */
  const origin = JSON.parse(readFileSync(file, 'utf8'));
  const isCurrent = existsSync(join(projectDirectory, origin.file)) && digestOf(origin.inputs) === origin.digest;
  return isCurrent ? origin.file : undefined;
}

/** @param {string} source */
function build(source) {
  const command = ['--import', 'tsx', 'build/programs.ts', source];
  const { status } = spawnSync(process.execPath, command, { cwd: projectDirectory, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  /** @type {Origin} */
  const { file } = JSON.parse(readFileSync(originFile(source), 'utf8'));
  return file;
}
