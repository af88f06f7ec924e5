import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { buildFunctionBundles } from '../../build/function-bundles.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import { writeShippedFile } from '../shipped-file.ts';

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
  SAMPLE_RELYING_PARTIES: 'false',
  SECRET_IDS: '[]',
  SESSIONS_TABLE_NAME: 'sessions',
  UNVERIFIED_LOGOUT_QUEUE_URL: 'http://127.0.0.1:1/unverified',
};

/**
 * Runs a module, which has `handler`, the URL of a function's bundle, on the deployed version of Node.js.
 *
 * @param issuer of the one relying party, whose client id is `shop`
 * @returns the lines that it printed
 */
export async function runWithBundle(
  name: string,
  script: string,
  environment: Readonly<Record<string, string>> = {},
  issuer = 'https://op.test',
): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bundles-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const bundles = await buildFunctionBundles();
  const handler = JSON.stringify(pathToFileURL(join(bundles, name, 'index.mjs')));
  const { stdout, stderr } = await promisify(execFile)(
    lambdaNode('nodejs24.x', () => undefined),
    ['--input-type=module', '--eval', `const handler = ${handler};\n${script}`],
    {
      env: {
        ...ENVIRONMENT,
        RELYING_PARTIES_FILE: writeShippedFile(directory, [{ issuer, clientId: 'shop' }]),
        ...environment,
      },
    },
  );
  return `${stdout}${stderr}`.trim().split('\n');
}
