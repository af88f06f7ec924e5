import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { lambdaEnvironment } from '../../local/functions/lambda-environment.ts';
import { type LambdaFunction, readLambdaFunction } from '../../local/functions/lambda-function.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import { endProcess } from '../../local/process/end-process.ts';
import type { Shutdown } from '../../local/process/shutdown.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { findResources } from '../../local/template/template-resources.ts';
import { startIssuer } from '../../test/issuer.ts';
import { validClaims } from '../../test/logout-token.ts';
import { writeShippedFile } from '../../test/shipped-file.ts';
import { median, type Table } from '../measurement.ts';
import { type Cost, grown, type Operation, type Sizes } from './growth-series.ts';

const ALG = 'ES256';
const CLIENT_ID = 'client-0';

/** How the relying parties share issuers. */
const SHAPES = ['an issuer each', 'one issuer'] as const;
const STEPS = ['start', 'first logout', 'logout'] as const;

const OPERATIONS: readonly Operation[] = SHAPES.flatMap((shape) =>
  STEPS.map((step) => ({ name: `${step}, ${shape}`, limits: { cpuMilliseconds: 2 } })),
);

const Taken = z.object({
  milliseconds: z.number(),
  cpuMilliseconds: z.number(),
  statusCode: z._default(z.number(), 200),
});
type Taken = z.infer<typeof Taken>;

/**
 * Measures how the start of a function instance and its answers grow with the relying parties that it is shipped with.
 *
 * @param times how many answers of an instance are measured, after its first one
 * @param endpoint of a DynamoDB that has the tables of the stacks
 * @param shutdown ends the issuer, and removes the files
 */
export async function relyingParties(
  stacks: readonly Stack[],
  endpoint: string,
  sizes: Sizes,
  rounds: number,
  times: number,
  shutdown: Shutdown,
  progress: (line: string) => void,
): Promise<Table> {
  const op = await startIssuer(ALG);
  shutdown.onEnd(() => op.stop());
  const directory = mkdtempSync(join(tmpdir(), 'growth-'));
  shutdown.onEnd(() => rm(directory, { recursive: true, force: true }));
  const lambda = backchannelLogout(stacks);

  const measure = async (size: number): Promise<Map<string, Cost>> => {
    const costs = new Map<string, Cost>();
    for (const shape of SHAPES) {
      const issuerOf = (index: number) =>
        shape === 'one issuer' || index === 0 ? op.issuer : `https://op-${index}.example.com`;
      const parties = Array.from({ length: size }, (_, index) => ({
        issuer: issuerOf(index),
        clientId: `client-${index}`,
      }));
      const file = writeShippedFile(directory, parties);
      const events = await Promise.all(
        Array.from({ length: times + 1 }, async () =>
          logoutRequest(await op.sign(validClaims(op.issuer, CLIENT_ID, { sid: randomUUID() }), { alg: ALG })),
        ),
      );
      const [start, first, ...others] = await instanceRun(lambda, endpoint, file, events, shutdown);
      costs.set(`start, ${shape}`, costOf([start]));
      costs.set(`first logout, ${shape}`, costOf([first]));
      costs.set(`logout, ${shape}`, costOf(others));
    }
    return costs;
  };
  // Fetches the keys of the issuer, for all instances.
  await measure(sizes[0]);
  return await grown(
    {
      title: 'Relying parties',
      note: 'The function as it is shipped, in a process of its own: its start, its first logout, and the logouts after it. Each relying party has an issuer of its own, or all are clients of one issuer.',
      of: 'relying parties in the file',
      file: 'growth-relying-parties.svg',
      sizes,
      operations: OPERATIONS,
    },
    rounds,
    measure,
    progress,
  );
}

function backchannelLogout(stacks: readonly Stack[]): LambdaFunction {
  const arns = findResources(stacks, 'AWS::Lambda::Function').map(({ ids }) => ids.attributes.Arn ?? '');
  const functions = arns.map((arn) => readLambdaFunction(stacks, arn));
  const found = functions.find(({ handler }) => handler.startsWith('backchannel-logout/'));
  if (!found) {
    throw new Error('the template has no function for back-channel logout');
  }
  return found;
}

/** As API Gateway hands it over. */
function logoutRequest(token: string): object {
  return {
    version: '2.0',
    requestContext: { http: { method: 'POST' } },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: token }).toString(),
    isBase64Encoded: false,
  };
}

/**
 * Starts an instance of the function, and has it answer events, one after the other.
 *
 * @returns what its start took, and each of its answers
 * @throws Error where an answer is not that a logout is done
 */
async function instanceRun(
  lambda: LambdaFunction,
  endpoint: string,
  relyingPartiesFile: string,
  events: readonly object[],
  shutdown: Shutdown,
): Promise<Taken[]> {
  const environment = {
    ...lambdaEnvironment(lambda, { dynamodb: endpoint }, Date.now()),
    RELYING_PARTIES_FILE: relyingPartiesFile,
  };
  const bundle = pathToFileURL(join(lambda.directory, `${lambda.handler.replace(/\.[^.]*$/, '')}.mjs`)).href;
  const child = fork(fileURLToPath(new URL('./function-instance.mjs', import.meta.url)), [bundle], {
    execPath: lambdaNode(lambda.runtime, () => undefined),
    execArgv: [],
    env: environment,
    // Its log lines are of no use here.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  shutdown.onEnd(() => endProcess(child, 0));
  const taken = [await nextMessage(child)];
  for (const event of events) {
    child.send(event);
    const answer = await nextMessage(child);
    if (answer.statusCode !== 200) {
      throw new Error(`a logout was answered with ${answer.statusCode}`);
    }
    taken.push(answer);
  }
  await endProcess(child, 0);
  return taken;
}

async function nextMessage(child: ChildProcess): Promise<Taken> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error('the function instance has ended'));
  child.once('exit', end);
  try {
    const [message] = await once(child, 'message', { signal: ended.signal });
    return Taken.parse(message);
  } finally {
    child.off('exit', end);
  }
}

/** The middle of several. What the process calls is not counted: it grows with nothing here. */
function costOf(taken: readonly (Taken | undefined)[]): Cost {
  const known = taken.filter((one) => one !== undefined);
  return {
    milliseconds: median(known.map(({ milliseconds }) => milliseconds)),
    cpuMilliseconds: median(known.map(({ cpuMilliseconds }) => cpuMilliseconds)),
    roundTrips: 0,
    calls: 0,
    writeUnits: 0,
    readUnits: 0,
  };
}
