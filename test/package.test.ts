import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { REASONS } from '../receiver/logout/reasons.ts';
import { documentBlocks, writeDocumentBlocks } from './document-blocks.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
let consumer: string;

beforeAll(() => {
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: project });
  consumer = mkdtempSync(join(tmpdir(), 'consumer-'));
  mkdirSync(join(consumer, 'node_modules'));
  symlinkSync(project, join(consumer, 'node_modules/logout-receiver'));
  for (const name of ['@aws-sdk', '@types', 'express-openid-connect']) {
    symlinkSync(join(project, 'node_modules', name), join(consumer, 'node_modules', name));
  }
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
});

describe('the package that npm run build makes', () => {
  it('exports the session stores and the reason codes, and nothing else of the project', () => {
    const script = `
      const exported = Object.keys(await import('logout-receiver/sessions'));
      const express = Object.keys(await import('logout-receiver/express-session'));
      const reasons = Object.keys((await import('logout-receiver/reasons')).REASONS);
      const hidden = await import('logout-receiver/package.json').catch((error) => error.code);
      console.log(JSON.stringify({ exported, express, reasons, hidden }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    expect(JSON.parse(output.toString())).toEqual({
      exported: [
        ...['LoggedOutError', 'LogoutCheck', 'SessionExistsError', 'SessionLimitError', 'SessionNotFoundError'],
        'SessionStore',
      ],
      express: ['ExpressSessionStore', 'expressOpenidConnect', 'extendStore', 'passportOpenidconnect'],
      reasons: Object.keys(REASONS),
      hidden: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
    });
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('carries types that a strict %s project compiles against', (module, resolution) => {
    writeFileSync(
      join(consumer, 'application.ts'),
      `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
       import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
       import { auth } from 'express-openid-connect';
       import expressSession from 'express-session';
       import { ExpressSessionStore, expressOpenidConnect, extendStore } from 'logout-receiver/express-session';
       import type { Reason } from 'logout-receiver/reasons';
       import { type Session, SessionStore } from 'logout-receiver/sessions';
       export const reason: Reason = 'signature_invalid';
       // @ts-expect-error the codes are a closed union
       export const noReason: Reason = 'because';
       const client = DynamoDBDocumentClient.from(new DynamoDBClient());
       const store = new SessionStore({ client, tableName: 't' });
       export const session: Session | undefined = await store.get('id');
       export const ended: number = (await store.endSessions({ issuer: 'i', clientId: 'c', sid: 's' }, 1)).ended;
       const identityOf = expressOpenidConnect({ issuer: 'i', clientId: 'c' });
       const express = new ExpressSessionStore({ client, tableName: 't', identityOf });
       expressSession({ secret: 's', store: extendStore(expressSession.Store, express) });
       auth({ session: { store: express } });
       // @ts-expect-error what has no createSession is no base of a store
       extendStore(Map, express);
       // @ts-expect-error an id is a string
       await store.get(1);
       // @ts-expect-error a scope needs a sid or a sub
       await store.endSessions({ issuer: 'i', clientId: 'c' }, 1);`,
    );
    const options = ['--noEmit', '--strict', '--target', 'es2024', '--types', 'node', '--skipLibCheck'];
    const compile = () =>
      execFileSync(
        join(project, 'node_modules/.bin/tsc'),
        [...options, '--module', module, '--moduleResolution', resolution, 'application.ts'],
        { cwd: consumer, encoding: 'utf8' },
      );
    expect(compile()).toBe('');
  });
});

describe('the code in README.md, SECURITY.md and docs/', () => {
  it('compiles as it stands there, in strict mode, against the package', () => {
    const directory = mkdtempSync(join(tmpdir(), 'documents-'));
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(project, join(directory, 'node_modules/logout-receiver'));
    for (const name of readdirSync(join(project, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
      symlinkSync(join(project, 'node_modules', name), join(directory, 'node_modules', name));
    }
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    const blocks = documentBlocks().filter(({ mark }) => mark === '');
    writeDocumentBlocks(blocks, directory);
    const strict = ['--strict', '--noUncheckedIndexedAccess', '--noImplicitReturns', '--checkJs'];
    const target = ['--target', 'es2024', '--module', 'nodenext', '--moduleDetection', 'force', '--types', 'node'];
    const compiler = spawnSync(
      join(project, 'node_modules/.bin/tsc'),
      [...strict, ...target, '--noEmit', '--skipLibCheck', ...blocks.map(({ file }) => file)],
      { cwd: directory, encoding: 'utf8' },
    );
    expect(compiler.stdout).toBe('');
    expect(new Set(blocks.map(({ page }) => page))).toContain('docs/sessions.md');
  });

  it('was tried by hand where it is not compiled, and that says so', () => {
    const others = documentBlocks().filter(({ mark }) => mark !== '');
    expect(new Set(others.map(({ page, mark }) => `${page}: ${mark}`))).toEqual(
      new Set(['docs/frameworks.md: tried-by-hand']),
    );
  });
});
