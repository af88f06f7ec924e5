import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_MODULES } from '../build/function-bundles.ts';
import type { Shutdown } from '../local/process/shutdown.ts';
import { privateCa } from '../test/private-ca.ts';
import { type BenchDeployment, PARTY } from './deployment.ts';

/** A function that is measured. */
export interface Contestant {
  readonly name: 'empty' | 'two connections' | 'by hand' | 'receiver';
  /** Path of its module. */
  readonly module: string;
  /**
   * The whole of it, for a process of its own.
   *
   * @param dynamodb address of the DynamoDB to use
   */
  environment(dynamodb: string): Readonly<Record<string, string>>;
}

const EMPTY = 'export async function handler() { return { statusCode: 200 }; }\n';

/** Connects to DynamoDB as the receiver does while it starts, with what Node.js has and nothing else. */
const TWO_CONNECTIONS = `import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';
createHmac('sha256', 'secret').update('request').digest();
const agent = new Agent({ keepAlive: true });
const answer = () =>
  new Promise((resolve, reject) => {
    request(process.env.AWS_ENDPOINT_URL_DYNAMODB, { agent, method: 'POST' }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end('{}');
  });
await Promise.all([answer(), answer()]);
${EMPTY}`;

/**
 * Makes the functions to compare: one that returns at once; one that opens two connections and then does the same; `jose`
 * and the AWS SDK in one file, with a logout made by hand (`by-hand/`); and the receiver, as it is shipped.
 */
export async function makeContestants(
  deployment: BenchDeployment,
  shutdown: Shutdown,
): Promise<Record<'empty' | 'twoConnections' | 'byHand' | 'receiver', Contestant>> {
  const directory = mkdtempSync(join(tmpdir(), 'logout-receiver-bench-'));
  shutdown.onEnd(async () => rmSync(directory, { recursive: true, force: true }));
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, privateCa.ca);
  const bundled = { ...NODE_MODULES, splitting: false, minify: true, target: 'node24', metafile: false } as const;
  await build({ ...bundled, entryPoints: ['bench/by-hand/handler.ts'], outfile: join(directory, 'by-hand.mjs') });
  writeFileSync(join(directory, 'empty.mjs'), EMPTY);
  writeFileSync(join(directory, 'two-connections.mjs'), TWO_CONNECTIONS);

  const contestant = (name: Contestant['name'], taskRoot: string, module: string): Contestant => ({
    name,
    module: join(taskRoot, `${module}.mjs`),
    environment: (dynamodb) => ({
      ...deployment.environment(dynamodb),
      ...{ LAMBDA_TASK_ROOT: taskRoot, _HANDLER: `${module}.handler`, NODE_EXTRA_CA_CERTS: caFile },
      ...{ ISSUER: PARTY.issuer, CLIENT_ID: PARTY.clientId },
    }),
  });
  const { directory: shipped, handler } = deployment.lambda;
  return {
    empty: contestant('empty', directory, 'empty'),
    twoConnections: contestant('two connections', directory, 'two-connections'),
    byHand: contestant('by hand', directory, 'by-hand'),
    receiver: contestant('receiver', shipped, handler.replace(/\.handler$/, '')),
  };
}
