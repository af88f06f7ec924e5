import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { applicationEnvironment } from '../../local/application-environment.ts';
import { requireOwnEnvFile, writeEnvFile } from '../../local/env-file.ts';
import { StartupError } from '../../local/process/startup-error.ts';
import { temporaryDirectory } from './functions/bundle.ts';

const tables = { sessions: 'Sessions-Table_1.x', jwksCache: 'JwksCache' };
const environmentAt = (dynamodb: string) => applicationEnvironment({ dynamodb, region: 'us-east-1', tables });
const first = environmentAt('http://127.0.0.1:8000');
const second = environmentAt('http://[::1]:9000/path?a=b');

describe('an env file', () => {
  it('has what an application needs, in lines that all readers of such files take: a name, =, a value, or a comment', () => {
    const path = join(temporaryDirectory(), '.env');
    writeEnvFile(path, first);
    const content = readFileSync(path, 'utf8');
    expect(content).toMatch(/^(#.*\n|[A-Z_]+=[\w.:/-]+\n)+$/);
    expect(parseEnv(content)).toEqual({
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      SESSIONS_TABLE_NAME: 'Sessions-Table_1.x',
    });
  });

  it('is written anew at each start', () => {
    const path = join(temporaryDirectory(), '.env');
    writeEnvFile(path, first);
    requireOwnEnvFile(path);
    writeEnvFile(path, second);
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual(second);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ['a file of somebody else', (path) => writeFileSync(path, 'SECRET=1\n'), /holds what this command did not write/],
    ['an empty file', (path) => writeFileSync(path, ''), /holds what this command did not write/],
    [
      'a file of its own that somebody has added to',
      (path) => {
        writeEnvFile(path, first);
        appendFileSync(path, 'AWS_PROFILE=work\n');
      },
      /holds what this command did not write/,
    ],
    ['a directory', (path) => mkdirSync(path), /EISDIR/],
  ])('never takes the place of %s', (_what, prepare, message) => {
    const path = join(temporaryDirectory(), '.env');
    prepare(path);
    for (const attempt of [() => requireOwnEnvFile(path), () => writeEnvFile(path, second)]) {
      expect(attempt).toThrow(StartupError);
      expect(attempt).toThrow(message);
    }
    expect(existsSync(path)).toBe(true);
  });

  it('of a directory that is not there is refused before anything is started', () => {
    expect(() => requireOwnEnvFile('/nowhere/.env')).toThrow(/^--write-env \/nowhere\/\.env: ENOENT/);
  });
});
