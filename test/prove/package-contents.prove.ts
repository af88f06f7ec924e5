import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as z from 'zod/mini';
import { functionNames } from '../../build/function-bundles.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { REASONS } from '../../receiver/logout/reasons.ts';
import { documentBlocks, writeDocumentBlocks } from '../document-blocks.ts';
import { type Consumer, installPackage } from '../package/consumer.ts';
import { npm, project } from '../package/npm.ts';

let consumer: string;
let installed: string;
let linkToConsumer: Consumer['link'];
let remove: Consumer['remove'];

beforeAll(() => {
  ({ directory: consumer, installed, link: linkToConsumer, remove } = installPackage());
});
afterAll(() => remove());

function kilobytesIn(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size / 1024, 0);
}

describe('an application that installs the package', () => {
  it('gets what it runs and nothing else', () => {
    const modules = join(consumer, 'node_modules');
    expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual(['logout-receiver']);
    expect(readdirSync(join(modules, '.bin'))).toEqual(['logout-receiver']);
    expect(kilobytesIn(installed)).toBeGreaterThan(1500);
    expect(kilobytesIn(installed)).toBeLessThan(4500);
    // Ours had brought one of its own, which then ran each script.
    expect(npm(consumer, 'run', 'which', '--silent').trim()).toBe(realpathSync(process.execPath));
  });

  it('gets a command line that needs nothing beside it', () => {
    expect(npm(consumer, 'exec', '--', 'logout-receiver', '--version').trim()).toBe(packageJson.version);
    expect(npm(consumer, 'exec', '--', 'logout-receiver', '--help')).toContain('Exit codes');
    const bin = join(consumer, 'node_modules/.bin/logout-receiver');
    const { status, stderr } = spawnSync('sh', ['-c', `'${bin}' --version > /dev/full`]);
    expect({ status, said: String(stderr) }).toEqual({
      status: 3,
      said: 'logout-receiver: the output cannot be written (ENOSPC)\n',
    });
  });

  it('gets the bundles of all functions, and the licences of what the files hold', () => {
    const bundles = readdirSync(join(installed, 'dist/functions')).filter((name) => name !== 'shared');
    expect(bundles).toEqual(functionNames());
    const notices = readFileSync(join(installed, 'dist/THIRD_PARTY_NOTICES.txt'), 'utf8');
    for (const name of ['@aws-sdk/client-dynamodb', '@smithy/core', 'bowser', 'jose', 'zod']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)$[^]*?permi`, 'im'));
    }
  });

  it('deploys from it what the repository deploys, with nothing but the CDK', () => {
    linkToConsumer('aws-cdk-lib', 'constructs');
    const output = join(consumer, 'cdk.out');
    const context = { relyingParties: join(project, 'relying-parties.json'), sampleRelyingParties: true };
    execFileSync(process.execPath, [join(installed, 'dist/infra/app.js')], {
      cwd: consumer,
      env: { ...process.env, CDK_VALIDATION: 'false', CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
      stdio: 'pipe',
    });
    const synthesized = z
      .array(z.object({ name: z.string(), template: z.unknown() }))
      .parse(JSON.parse(readFileSync(inject('stacksFile'), 'utf8')));
    expect(synthesized.map(({ name }) => name)).toEqual(['LogoutReceiverSessions', 'LogoutReceiver']);
    for (const { name, template } of synthesized) {
      expect(JSON.parse(readFileSync(join(output, `${name}.template.json`), 'utf8'))).toMatchObject(Object(template));
    }
  });

  it.each([
    ['this Node.js', process.execPath],
    ['the deployed one', lambdaNode('nodejs24.x', () => undefined)],
  ])('can require() it on %s', (_which, node) => {
    linkToConsumer('@aws-sdk');
    const script = `console.log(['sessions', 'express-session', 'logout-url', 'reasons'].map((name) => typeof require('logout-receiver/' + name)).join())`;
    const output = execFileSync(node, ['--no-warnings', '--input-type=commonjs', '-e', script], { cwd: consumer });
    expect(output.toString()).toBe('object,object,object,object\n');
  });
});

describe('the package', () => {
  beforeAll(() => linkToConsumer('@aws-sdk', '@types', 'express-openid-connect'));

  it('exports the session stores, the logout at the OP and the reason codes, and nothing else of the project', () => {
    const script = `
      const exported = Object.keys(await import('logout-receiver/sessions'));
      const express = Object.keys(await import('logout-receiver/express-session'));
      const logoutUrl = Object.keys(await import('logout-receiver/logout-url'));
      const reasons = Object.keys((await import('logout-receiver/reasons')).REASONS);
      const hidden = await import('logout-receiver/package.json').catch((error) => error.code);
      console.log(JSON.stringify({ exported, express, logoutUrl, reasons, hidden }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    expect(JSON.parse(output.toString())).toEqual({
      exported: [
        ...['LoggedOutError', 'LogoutCheck', 'SessionExistsError', 'SessionLimitError', 'SessionNotFoundError'],
        'SessionStore',
      ],
      express: ['ExpressSessionStore', 'expressOpenidConnect', 'extendStore', 'passportOpenidconnect'],
      logoutUrl: ['EndSessionEndpointError', 'LogoutUrl', 'SessionNotEndedError'],
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
       import { LogoutUrl } from 'logout-receiver/logout-url';
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
       const logoutUrl = new LogoutUrl({
         relyingParty: { issuer: 'https://i', clientId: 'c' },
         postLogoutRedirectUri: 'https://c/signed-out',
         decryptionKey: async ({ alg, kid }) => ({ kty: 'RSA', alg, kid, d: 'd' }),
       });
       const begun = await logoutUrl.begin({ endSession: () => store.delete('id'), idToken: undefined });
       export const target: string = begun.outcome === 'redirect' ? begun.url : begun.error.code;
       export const cookie: string | undefined = logoutUrl.finish({ state: ['s'], cookie: null }).setCookie;
       // @ts-expect-error a session must be ended
       await logoutUrl.begin({ idToken: 't' });
       // @ts-expect-error what calls back is no promise
       await logoutUrl.begin({ endSession: () => undefined });
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
    symlinkSync(installed, join(directory, 'node_modules/logout-receiver'));
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
});
