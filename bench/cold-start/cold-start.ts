import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { type Contestant, makeContestants } from '../contestants.ts';
import { openDeployment } from '../deployment.ts';
import { coresFor } from '../lambda-cores.ts';
import type { Measurement, Part } from '../measurement.ts';
import { type RecordedLogout, recordLogout } from '../recorded-logout.ts';
import { runtimeClient } from '../runtime/runtime-client.ts';

const ROUNDS = { quick: 5, full: 15 };

const importHandler = fileURLToPath(new URL('import-handler.mjs', import.meta.url));
const Imported = z.object({ milliseconds: z.number(), cpuMilliseconds: z.number(), kilobytes: z.number() });

/** What is measured in each round, and what this project promises of the receiver: so much of a floor of the same round. */
const FIGURES = {
  import: { title: 'import', floor: 'by hand', limit: 0.6 },
  importCpu: { title: 'import, CPU', floor: 'by hand' },
  ready: { title: 'start to ready', floor: 'two connections', limit: 2.2 },
  readyCpu: { title: 'start to ready, CPU', floor: 'two connections' },
  answer: { title: 'start to first answer', floor: 'by hand' },
  answerCpu: { title: 'start to first answer, CPU', floor: 'by hand' },
  answerInShare: { title: 'start to first answer, the logout on its share of a core', floor: 'by hand', limit: 0.85 },
  first: { title: 'first logout', floor: 'by hand', limit: 0.5 },
  firstCpu: { title: 'first logout, CPU', floor: 'by hand' },
} as const satisfies Record<string, { title: string; floor: Contestant['name']; limit?: number }>;
type Figure = keyof typeof FIGURES;
const KEYS: readonly Figure[] = [
  'import',
  'importCpu',
  'ready',
  'readyCpu',
  'first',
  'firstCpu',
  'answer',
  'answerCpu',
  'answerInShare',
];
const MOST_KILOBYTES = 240;

const NOTE = `Each function in a fresh process of the deployed Node.js, under AWS's own runtime client (aws-lambda-ric), one
after the other in each round, with a new logout token and the issuer's keys in the JWKS cache table. DynamoDB is an HTTPS
server that answers at once what a DynamoDB answered before, so that an engine's speed does not count. \`empty\` returns at
once; \`two connections\` opens them to DynamoDB by \`node:https\` while it starts, and has nothing else; \`by hand\` is
\`jose\` and both SDK packages in one minified file, with \`jwtVerify\` and the same calls of DynamoDB by hand; \`receiver\`
is what is shipped. _import_ ends when the module is loaded or begins what it does ahead; _start to ready_, when the runtime
client asks for the first event; _start to first answer_ adds the first logout, so that work which is done ahead is in it
wherever it is done, and _the logout on its share of a core_ adds it as slow as it is
with the memory of the function. A machine in Lambda is slower, and its disk too: read the ratios. Wall times include what else the machine does,
CPU times do not.`;

export const coldStart: Part = {
  name: 'cold-start',
  async measure(isQuick, progress, shutdown) {
    const client = await runtimeClient(progress);
    const deployment = await openDeployment(progress, shutdown);
    const contestants: RecordedLogout[] = [];
    for (const contestant of Object.values(await makeContestants(deployment, shutdown))) {
      contestants.push(await recordLogout(contestant, deployment, client, shutdown));
    }
    const imported = (contestant: RecordedLogout, what: 'time' | 'bytes') =>
      importOf(contestant, deployment.node, what);
    const kilobytes = new Map<string, number>();
    for (const contestant of contestants) {
      kilobytes.set(contestant.name, (await imported(contestant, 'bytes')).kilobytes);
    }

    // Lambda gives a function a whole core while it starts, and then what its memory is worth.
    const cores = coresFor(deployment.lambda.memoryMegabytes);
    const values = new Map(contestants.map(({ name }) => [name, noValues()]));
    const rounds = isQuick ? ROUNDS.quick : ROUNDS.full;
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      // Each is the first in some rounds.
      const first = round % contestants.length;
      for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
        const { milliseconds, cpuMilliseconds } = await imported(contestant, 'time');
        const process = await contestant.start();
        const logout = await process.invoke(await contestant.event());
        await process.end();
        const kept = values.get(contestant.name) ?? noValues();
        kept.import.push(milliseconds);
        kept.importCpu.push(cpuMilliseconds);
        kept.ready.push(process.ready.milliseconds);
        kept.readyCpu.push(process.ready.cpuMilliseconds);
        kept.first.push(logout.milliseconds);
        kept.firstCpu.push(logout.cpuMilliseconds);
        kept.answer.push(process.ready.milliseconds + logout.milliseconds);
        kept.answerCpu.push(process.ready.cpuMilliseconds + logout.cpuMilliseconds);
        kept.answerInShare.push(process.ready.milliseconds + logout.cpuMilliseconds / cores);
      }
    }
    const sizes = [...kilobytes].map(([name, size]): Measurement => {
      const limit = name === 'receiver' ? { limit: MOST_KILOBYTES } : {};
      return { name: `${name}: read at import`, unit: 'KB', values: [size], ...limit };
    });
    const measurements = KEYS.flatMap((key) => measurementsOf(key, values));
    return [{ title: 'Cold start', note: NOTE, measurements: [...sizes, ...measurements] }];
  },
};

function noValues(): Record<Figure, number[]> {
  return {
    ...{ import: [], importCpu: [], ready: [], readyCpu: [] },
    ...{ first: [], firstCpu: [], answer: [], answerCpu: [], answerInShare: [] },
  };
}

/** Of a figure, one for each function that does what is measured. */
function measurementsOf(key: Figure, values: ReadonlyMap<string, Record<Figure, number[]>>): Measurement[] {
  const { title, floor, ...promised } = FIGURES[key];
  const isOfStart = floor !== 'by hand';
  return [...values].flatMap(([name, kept]) =>
    isOfStart || ['by hand', 'receiver'].includes(name)
      ? {
          name: `${name}: ${title}`,
          unit: 'ms',
          values: kept[key],
          ...(isOfStart && name !== 'empty' && { floor: `empty: ${title}` }),
          ...(name === 'receiver' && { floor: `${floor}: ${title}`, ...promised }),
        }
      : [],
  );
}

async function importOf({ module, environment, dynamodb }: RecordedLogout, node: string, what: 'time' | 'bytes') {
  const { stdout } = await promisify(execFile)(node, [importHandler, pathToFileURL(module).href, what], {
    env: environment(dynamodb),
    timeout: 60_000,
  });
  return Imported.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}
