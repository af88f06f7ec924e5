import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { functionNames } from '../../build/function-bundles.ts';
import { readShippedRelyingParties, SHIPPED_FILE } from '../../receiver/relying-parties/shipped-relying-parties.ts';
import { type Consumer, installPackage } from '../package/consumer.ts';
import { project } from '../package/npm.ts';

const run = promisify(execFile);
const Template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Metadata: z.optional(z.looseObject({})) })),
  Outputs: z.record(z.string(), z.looseObject({})),
});
let consumer: Consumer;

beforeAll(() => {
  consumer = installPackage();
  consumer.link('aws-cdk-lib', 'constructs', '@types');
  const relyingParties = [{ issuer: 'https://op.test', clientId: 'forum', algorithms: ['ES256'] }];
  writeFileSync(join(consumer.directory, 'relying-parties.json'), JSON.stringify({ relyingParties }));
});
afterAll(() => consumer.remove());

/** Has the command line of the CDK synthesize an application, as in a project without any settings. */
async function synthesized(application: string): Promise<string> {
  const output = join(consumer.directory, `${application}.out`);
  const cdk = join(project, 'node_modules/aws-cdk/bin/cdk');
  const options = ['--app', `"${process.execPath}" ${application}`, '--output', output, '--quiet', '--no-notices'];
  await run(process.execPath, [cdk, 'synth', ...options], {
    cwd: consumer.directory,
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1', CI: 'true' },
  });
  return output;
}

function templateIn(output: string, stack: string) {
  return Template.parse(JSON.parse(readFileSync(join(output, `${stack}.template.json`), 'utf8')));
}

function functionsOf({ Resources }: z.infer<typeof Template>): [string, string][] {
  return Object.entries(Resources).flatMap(([id, { Type, Metadata }]) =>
    Type === 'AWS::Lambda::Function' ? [[id, String(Metadata?.['aws:asset:path'])] as [string, string]] : [],
  );
}

function prepared(source: string, name: string): string {
  copyFileSync(join(project, 'test/package/applications', source), join(consumer.directory, name));
  return name;
}

describe('a CDK app of somebody else that installs the package', () => {
  it('is compiled in strict TypeScript and synthesized with two receivers, from objects and from a file', async () => {
    const tsc = join(project, 'node_modules/.bin/tsc');
    const strict = ['--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
    await run(tsc, [...strict, prepared('cdk-typescript.ts', 'app.ts')], { cwd: consumer.directory });
    const output = await synthesized('app.js');
    const shop = templateIn(output, 'Shop');
    // All but front-channel logout's, and the validator of AppConfig: both are off by default.
    expect(functionsOf(shop).length).toBe(5);
    expect(functionsOf(templateIn(output, 'Forum')).length).toBe(4);
    for (const [, asset] of functionsOf(shop)) {
      for (const name of functionNames()) {
        expect(readFileSync(join(output, asset, name, 'index.mjs'), 'utf8')).toContain('handler');
      }
    }
    expect(Object.keys(shop.Outputs)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^LogoutBackchannelLogoutUri[0-9A-F]{8}$/), 'Uri', 'Rejected']),
    );
  });

  it('is synthesized in JavaScript, with require()', async () => {
    const output = await synthesized(prepared('cdk-javascript.cjs', 'app.cjs'));
    const [[, asset = ''] = []] = functionsOf(templateIn(output, 'Shop'));
    expect(readShippedRelyingParties(join(output, asset, SHIPPED_FILE)).all()).toMatchObject([
      { issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] },
    ]);
  });
});
