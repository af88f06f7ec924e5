import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { buildFunctionBundles, functionNames } from '../../build/function-bundles.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import { startAppConfigData } from '../appconfig-data.ts';
import { writeShippedFile } from '../shipped-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'bundles-'));
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  DEFERRED_LOGOUT_DELAY_SECONDS: '60',
  DEFERRED_LOGOUT_QUEUE_URL: 'http://127.0.0.1:1/verified',
  EVENT_BUS_NAME: 'sessions',
  FRONTCHANNEL_LOGOUT: 'false',
  JWKS_CACHE_TABLE_NAME: 'jwks',
  JWKS_REFRESH_AHEAD_SECONDS: '600',
  LAMBDA_TASK_ROOT: '/var/task',
  POWERTOOLS_METRICS_NAMESPACE: 'LogoutReceiver',
  POWERTOOLS_SERVICE_NAME: 'logout-receiver',
  RELYING_PARTIES_FILE: writeShippedFile(directory, [{ issuer: 'https://op.test', clientId: 'shop' }]),
  SAMPLE_RELYING_PARTIES: 'false',
  SECRET_IDS: '[]',
  SESSIONS_TABLE_NAME: 'sessions',
  UNVERIFIED_LOGOUT_QUEUE_URL: 'http://127.0.0.1:1/unverified',
};

let bundles: string;
beforeAll(async () => {
  bundles = await buildFunctionBundles();
});
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * Runs a module, which has `handler`, the URL of a function's bundle, on the deployed version of Node.js.
 *
 * @returns the lines that it printed
 */
async function run(
  name: string,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const node = lambdaNode('nodejs24.x', () => undefined);
  const handler = JSON.stringify(pathToFileURL(join(bundles, name, 'index.mjs')));
  const flags = ['--input-type=module', '--eval', `const handler = ${handler};\n${script}`];
  const { stdout, stderr } = await promisify(execFile)(node, flags, { env: { ...ENVIRONMENT, ...environment } });
  return `${stdout}${stderr}`.trim().split('\n');
}

describe('the bundles of the functions', () => {
  // Most of the time of a cold start goes with what is read.
  it.each([
    ['backchannel-logout', 377],
    ['deferred-logout', 377],
    ['frontchannel-logout', 340],
    ['interrupted-logout', 330],
    ['jwks-refresh', 350],
    ['relying-parties-validator', 150],
    ['session-ended', 290],
  ])('load little when they start: %s at most %i KB, neither undici nor HTTP/2', async (name, kilobytes) => {
    const [bytes, modules] = await run(
      name,
      `import { registerHooks } from 'node:module';
       let bytes = 0;
       registerHooks({ load(url, context, next) { const loaded = next(url, context); bytes += loaded.source?.length ?? 0; return loaded; } });
       await import(handler);
       console.log(bytes);
       console.log(JSON.stringify(process.moduleLoadList.filter((name) => /undici|http2/.test(name))));`,
    );
    expect(Number(bytes) / 1024).toBeLessThan(kilobytes);
    expect(Number(bytes) / 1024).toBeGreaterThan(kilobytes / 2);
    expect(modules).toBe('[]');
  });

  it('are of all functions', () => {
    expect(functionNames()).toEqual([
      ...['backchannel-logout', 'deferred-logout', 'frontchannel-logout'],
      ...['interrupted-logout', 'jwks-refresh', 'relying-parties-validator', 'session-ended'],
    ]);
  });

  it('read relying parties from AppConfig where they are told to', async () => {
    const appConfig = await startAppConfigData();
    onTestFinished(() => appConfig.stop());
    appConfig.deployed = JSON.stringify({ relyingParties: [{ issuer: 'https://op.test', clientId: 'shop' }] });
    const lines = await run('jwks-refresh', 'await import(handler);', appConfig.environment);
    expect(lines).toContainEqual(expect.stringMatching(/"message":"relying_parties_changed".*"relyingParties":1/));
  });

  it('name the sources in the stack traces that they log', async () => {
    const lines = await run(
      'backchannel-logout',
      `const event = { get version() { throw new TypeError('a bug'); } };
       await (await import(handler)).handler(event, {});`,
    );
    const { stack } = z
      .object({ stack: z.string() })
      .parse(JSON.parse(lines.find((line) => line.includes('logout_failed')) ?? '{}'));
    expect(stack).toMatch(/functions\/backchannel-logout\/gateway-event\.ts:\d+:\d+/);
    expect(stack).not.toContain('.mjs:');
  });
});
