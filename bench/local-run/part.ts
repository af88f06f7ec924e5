import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listeningPort } from '../../local/loopback/listening-port.ts';
import type { Measurement, Part, Table } from '../measurement.ts';
import { type Cost, costOf, costUntilReady } from './process-cost.ts';

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));
const START = ['build/launch.mjs', 'local/start.ts', '--json', '--sample'];
const CDK = ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--no-notices', '--no-version-reporting'];

/** Loads the CDK and has one resource, so that all of the CDK's validation runs. */
const EMPTY_APP = `const { App, CfnResource, Stack } = require('aws-cdk-lib');
const app = new App();
new CfnResource(new Stack(app, 'Empty'), 'Topic', { type: 'AWS::SNS::Topic' });
app.synth();
`;

const NAMES = {
  node: '`node -e 0`',
  first: 'first start, which synthesizes',
  later: 'later start',
  empty: '`cdk synth` of one topic',
  synth: '`npm run synth`',
} as const;
type Name = keyof typeof NAMES;
/** For how much longer the project's `cdk synth` may take than that of one topic. */
const MOST_OF_ONE_TOPIC = 1.6;

/** How long a developer waits for the local run and for `cdk synth`. */
export const localRun: Part = {
  name: 'local-run',
  async measure(isQuick, progress) {
    // In the project, from which the empty app finds the CDK.
    const directory = mkdtempSync(join(projectDirectory, 'node_modules/.cache-bench-'));
    try {
      return await measuredIn(directory, isQuick ? 1 : 5, progress);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

async function measuredIn(directory: string, rounds: number, progress: (line: string) => void): Promise<Table[]> {
  const emptyApp = join(directory, 'empty.cjs');
  writeFileSync(emptyApp, EMPTY_APP);
  const costs: Record<Name, Cost[]> = { node: [], first: [], later: [], empty: [], synth: [] };
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    costs.node.push(await costOf(['-e', '0']));
    // The same ports and relying parties as an earlier run, or the local run synthesizes.
    const start = [...START, '--port', `${await freePort()}`, '--relying-parties', newRelyingParties(directory)];
    costs.first.push(await costUntilReady(start));
    costs.later.push(await costUntilReady(start));
    costs.empty.push(await costOf([...CDK, '--app', `node "${emptyApp}"`, '-o', join(directory, 'empty')]));
    costs.synth.push(await costOf([...CDK, '-c', 'sampleRelyingParties=true', '-o', join(directory, 'synth')]));
  }
  const row = (of: 'wall' | 'cpu', name: Name, floor?: Name, limit?: number): Measurement => ({
    name: NAMES[name],
    unit: of === 'wall' ? 's' : 's of CPU',
    values: costs[name].map((cost) => cost[of]),
    ...(floor && { floor: NAMES[floor] }),
    ...(limit !== undefined && { limit }),
  });
  return (['cpu', 'wall'] as const).map((of) => ({
    title: `The local run: ${of === 'wall' ? 'seconds until it is ready' : 'CPU seconds'}`,
    note: 'From the start of the process until the sample is ready, and of the whole `cdk synth` with cdk-nag and the CDK’s validation. CPU seconds are those of all processes. Other programs make seconds longer, and CPU seconds a little.',
    measurements: [
      row(of, 'node'),
      row(of, 'first', 'node'),
      row(of, 'later', 'node'),
      row(of, 'empty'),
      row(of, 'synth', 'empty', MOST_OF_ONE_TOPIC),
    ],
  }));
}

/** A relying parties file that no run had. */
function newRelyingParties(directory: string): string {
  const file = join(directory, 'relying-parties.json');
  const relyingParty = { issuer: `https://${randomUUID()}.test`, clientId: 'shop' };
  writeFileSync(file, JSON.stringify({ relyingParties: [relyingParty] }));
  return file;
}

/** The first of five, of which the others are most likely free too. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = listeningPort(server);
  server.close();
  await once(server, 'close');
  return Math.min(port, 65_531);
}
