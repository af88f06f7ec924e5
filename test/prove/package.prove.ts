import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser } from '../end-to-end/browser.ts';
import { reserveOpenidProvider } from '../end-to-end/openid-provider.ts';
import { signIn, signOutAtOp, whoIsAt } from '../end-to-end/signing.ts';
import { startLocalRun } from '../local-run.ts';
import { type Consumer, installPackage } from '../package/consumer.ts';
import { project } from '../package/npm.ts';

const run = promisify(execFile);
const SECRET = randomBytes(32).toString('base64url');
let consumer: Consumer;

beforeAll(() => {
  consumer = installPackage();
});
afterAll(() => consumer.remove());

describe('a relying party in a project of its own', () => {
  const libraries = ['@aws-sdk', '@types', 'express', 'express-openid-connect', 'express-session'];
  const applications = {
    async typescript() {
      copyFileSync(
        join(project, 'test/package/applications/typescript.ts'),
        join(consumer.directory, 'application.ts'),
      );
      const options = ['--strict', '--target', 'es2024', '--types', 'node', '--module', 'nodenext'];
      await run(join(project, 'node_modules/.bin/tsc'), [...options, 'application.ts'], { cwd: consumer.directory });
      return 'application.js';
    },
    async javascript() {
      copyFileSync(
        join(project, 'test/package/applications/javascript.cjs'),
        join(consumer.directory, 'application.cjs'),
      );
      return 'application.cjs';
    },
  };

  it('signs users in at an OP and sees their sessions end, in strict TypeScript and in CommonJS', async () => {
    consumer.link(...libraries, 'passport', 'passport-openidconnect');
    const op = await reserveOpenidProvider();
    onTestFinished(() => op.stop());
    const clients = Object.keys(applications).map((clientId) => ({
      issuer: op.issuer,
      clientId,
      algorithms: ['RS256'],
    }));
    const receiver = await startLocalRun(clients);
    onTestFinished(() => receiver.stop());
    const started = await Promise.all(
      Object.entries(applications).map(async ([clientId, prepare]) => {
        const url = await startApplication(await prepare(), {
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
          AWS_REGION: receiver.region,
          AWS_ENDPOINT_URL_DYNAMODB: receiver.dynamodb,
          SESSIONS_TABLE_NAME: receiver.tables.sessions,
          ISSUER: op.issuer,
          CLIENT_ID: clientId,
          CLIENT_SECRET: SECRET,
          COOKIE_SECRET: SECRET,
        });
        return { clientId, url };
      }),
    );
    await op.open(
      ...started.map(({ clientId, url }) => ({
        client_id: clientId,
        client_secret: SECRET,
        redirect_uris: [`${url}/callback`],
        backchannel_logout_uri: receiver.endpoint,
        backchannel_logout_session_required: true,
        id_token_signed_response_alg: 'RS256' as const,
      })),
    );
    await receiver.forgetKeys(op.issuer);
    const browser = openBrowser();
    for (const application of started) {
      await signIn(browser, 'alice', application);
    }
    await signOutAtOp(browser, op);
    expect(op.logoutAnswers).toEqual([200, 200]);
    for (const application of started) {
      expect(await whoIsAt(browser, application)).toBe('anonymous');
    }
  });

  /** @returns the URL that it prints */
  async function startApplication(file: string, env: NodeJS.ProcessEnv): Promise<string> {
    const child = spawn(process.execPath, ['--no-warnings', file], {
      cwd: consumer.directory,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    const [line] = await once(createInterface(child.stdout), 'line');
    return String(line);
  }
});
