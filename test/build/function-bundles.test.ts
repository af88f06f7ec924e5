import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { buildFunctionBundles, functionNames, sourcesOf } from '../../build/function-bundles.ts';
import { startAppConfigData } from '../appconfig-data.ts';
import { runWithBundle } from './bundle-run.ts';

describe('the bundles of the functions', () => {
  // Most of the time of a cold start goes with what is read, and some with each file.
  it.each([
    ['backchannel-logout', 238],
    ['deferred-logout', 272],
    ['frontchannel-logout', 206],
    ['interrupted-logout', 226],
    ['jwks-refresh', 207],
    ['relying-parties-validator', 63],
    ['session-ended', 196],
  ])(
    'load little when they start: %s at most %i KB in 18 files, neither undici nor HTTP/2',
    async (name, kilobytes) => {
      const [bytes, files, modules] = await runWithBundle(
        name,
        `import { registerHooks } from 'node:module';
       const sizes = [];
       registerHooks({ load(url, context, next) { const loaded = next(url, context); if (loaded.source) sizes.push(loaded.source.length); return loaded; } });
       await import(handler);
       console.log(sizes.reduce((sum, size) => sum + size, 0));
       console.log(sizes.length);
       console.log(JSON.stringify(process.moduleLoadList.filter((name) => /undici|http2/.test(name))));`,
      );
      expect(Number(bytes) / 1024).toBeLessThan(kilobytes);
      expect(Number(bytes) / 1024).toBeGreaterThan(kilobytes / 2);
      expect(Number(files)).toBeLessThanOrEqual(18);
      expect(modules).toBe('[]');
    },
  );

  it('are at most 440 KB in all', async () => {
    const bundles = await buildFunctionBundles();
    const files = readdirSync(bundles, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs'));
    const bytes = files.reduce((sum, file) => sum + statSync(join(bundles, file)).size, 0);
    expect(bytes / 1024).toBeLessThan(440);
  });

  it('hold parts of these packages, and of no others', async () => {
    const sources = sourcesOf(await buildFunctionBundles());
    const packages = sources.flatMap((source) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
    expect([...new Set(packages)].sort()).toEqual([
      '@aws-sdk/client-appconfigdata',
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/client-eventbridge',
      '@aws-sdk/client-secrets-manager',
      '@aws-sdk/client-sqs',
      '@aws-sdk/core',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/credential-provider-node',
      '@aws-sdk/dynamodb-codec',
      '@aws-sdk/endpoint-cache',
      '@aws-sdk/lib-dynamodb',
      '@aws-sdk/middleware-endpoint-discovery',
      '@aws-sdk/middleware-sdk-sqs',
      '@aws-sdk/signature-v4-multi-region',
      '@aws-sdk/util-dynamodb',
      '@aws/lambda-invoke-store',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/signature-v4',
      '@smithy/types',
      'jose',
      'jsonc-parser',
      'zod',
    ]);
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
    // However long a busy machine takes: the look has two seconds.
    const script = 'AbortSignal.timeout = () => new AbortController().signal; await import(handler);';
    const lines = await runWithBundle('jwks-refresh', script, appConfig.environment);
    expect(lines).toContainEqual(expect.stringMatching(/"message":"relying_parties_changed".*"relyingParties":1/));
  });

  it('name the sources in the stack traces that they log', async () => {
    const lines = await runWithBundle(
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
