import { makeContestants } from '../contestants.ts';
import { type BenchDeployment, openDeployment, PARTY } from '../deployment.ts';
import type { Measurement, Part, Table } from '../measurement.ts';
import { type Burst, type ReceivingProcess, startReceivingProcess } from './receiving-process.ts';

const AT_ONCE = [1, 16, 64];
const ROUNDS = 4;
const WARM_UP = { quick: 20, full: 500 };
const LOGINS_AT_ONCE = 50;
const FLOOR = 'jose and a Map';

const NOTE = `Each way in one Node.js process of its own behind HTTP on loopback, and in each round as many logouts by each,
each of one OP session (\`sid\`), so many under way at once. \`${FLOOR}\` is one \`jwtVerify\` and an entry in memory;
\`express-openid-connect\` writes such an entry into express-session's memory store. Both forget all when the process ends,
and a second process knows nothing of it. \`by hand\` and \`receiver\` end the session in DynamoDB, for all processes and for
good: what \`by hand\` takes above the floor is the price of a durable, shared store. DynamoDB is the embedded engine, one
process on the same machine, whose CPU is not counted and for which the others wait. \`receiver\` is the function's handler,
called for each request with the event of an HTTP API; Lambda gives each logout that is under way a process of its own, so
this is what one process bears, and not what a deployment does.`;

/** Logouts of one level, in place of 20,000 and of those of a quick run. */
const GIVEN_LOGOUTS = process.env.LOGOUTS;

/** One way to receive logouts. */
interface Way {
  readonly name: string;
  readonly process: ReceivingProcess;
  /** Whether it ends sessions that are in DynamoDB. */
  readonly isDurable: boolean;
}

export const burst: Part = {
  name: 'burst',
  async measure(isQuick, progress, shutdown) {
    const deployment = await openDeployment(progress, shutdown);
    const { byHand, receiver } = await makeContestants(deployment, shutdown);
    const memory = { ISSUER: PARTY.issuer, CLIENT_ID: PARTY.clientId, JWKS: JSON.stringify(deployment.jwks) };
    const start = (script: string, environment: Readonly<Record<string, string>>) =>
      startReceivingProcess(script, deployment.node, environment, shutdown);
    const durable = async (contestant: typeof receiver): Promise<Way> => ({
      name: contestant.name,
      isDurable: true,
      process: await start('function.ts', {
        ...contestant.environment(deployment.endpoint),
        HANDLER_MODULE: contestant.module,
      }),
    });
    const ways: readonly Way[] = [
      { name: FLOOR, isDurable: false, process: await start('jose-and-map.ts', memory) },
      {
        name: 'express-openid-connect',
        isDurable: false,
        process: await start('express-openid-connect.mjs', memory),
      },
      await durable(byHand),
      await durable(receiver),
    ];
    for (const { process, isDurable } of ways) {
      await process.send(await tokensFor(deployment, WARM_UP[isQuick ? 'quick' : 'full'], isDurable), 4);
    }
    const logouts = Number(GIVEN_LOGOUTS ?? (isQuick ? 80 : 20_000));
    const tables: Table[] = [];
    for (const atOnce of AT_ONCE) {
      const bursts = new Map(ways.map(({ name }): [string, Burst[]] => [name, []]));
      for (let round = 0; round < ROUNDS; round++) {
        for (const { name, process, isDurable } of ways) {
          progress(`${atOnce} at once, round ${round + 1} of ${ROUNDS}: ${name}`);
          const tokens = await tokensFor(deployment, Math.ceil(logouts / ROUNDS), isDurable);
          bursts.get(name)?.push(await process.send(tokens, atOnce));
        }
      }
      const title = `A burst of ${logouts} logouts, ${atOnce} at once`;
      tables.push({ title, note: tables.length === 0 ? NOTE : 'As above.', measurements: measurementsOf(bursts) });
    }
    return tables;
  },
};

/** Signed before the time begins; where they end sessions, these are there. */
async function tokensFor(deployment: BenchDeployment, count: number, isDurable: boolean): Promise<string[]> {
  const tokens: string[] = [];
  const worker = async () => {
    while (tokens.length < count) {
      const sid = isDurable ? await deployment.signIn() : crypto.randomUUID();
      tokens.push(await deployment.logoutToken({ sid }));
    }
  };
  await Promise.all(Array.from({ length: LOGINS_AT_ONCE }, worker));
  return tokens.slice(0, count);
}

function measurementsOf(bursts: ReadonlyMap<string, readonly Burst[]>): Measurement[] {
  const figures = [
    ['logouts a second', '', ({ seconds, milliseconds }: Burst) => milliseconds.length / seconds],
    ['half of them in', 'ms', ({ milliseconds }: Burst) => percentile(milliseconds, 0.5)],
    ['99 of 100 in', 'ms', ({ milliseconds }: Burst) => percentile(milliseconds, 0.99)],
    [
      'CPU of its process for each',
      'ms',
      ({ cpuMilliseconds, milliseconds }: Burst) => cpuMilliseconds / milliseconds.length,
    ],
  ] as const;
  return figures.flatMap(([title, unit, figureOf]) =>
    [...bursts].map(([name, each]) => ({
      name: `${name}: ${title}`,
      unit,
      values: each.map(figureOf),
      ...(name !== FLOOR && { floor: `${FLOOR}: ${title}` }),
    })),
  );
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
