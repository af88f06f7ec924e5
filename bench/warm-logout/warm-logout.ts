import { makeContestants } from '../contestants.ts';
import { openDeployment } from '../deployment.ts';
import type { Measurement, Part } from '../measurement.ts';
import { type RecordedLogout, recordLogout } from '../recorded-logout.ts';
import { runtimeClient } from '../runtime/runtime-client.ts';
import type { RuntimeProcess } from '../runtime/runtime-process.ts';
import { operationCosts } from './operation-costs.ts';

const ROUNDS = { quick: 5, full: 15 };
/** In a round, by each function. */
const LOGOUTS = { quick: 20, full: 200 };
/** Before the first round, until the code is compiled. */
const WARM_UP = { quick: 60, full: 500 };
const MOST_OF_BY_HAND = 1.5;

const NOTE = `One process of the deployed Node.js for each function, under AWS's own runtime client, and logouts one after the
other: in each round some by hand, then as many by the receiver. \`by hand\` is \`jwtVerify\` and the same calls of DynamoDB
through the same SDK, and nothing else: no rules but the signature, issuer and audience, no log, no metrics, no time limit.
DynamoDB is an HTTPS server that answers at once. CPU is the process's from the event to the answer; wall times have what
else the machine does.`;

export const warmLogout: Part = {
  name: 'warm-logout',
  async measure(isQuick, progress, shutdown) {
    const client = await runtimeClient(progress);
    const deployment = await openDeployment(progress, shutdown);
    const { byHand, receiver } = await makeContestants(deployment, shutdown);
    const contestants = await Promise.all(
      [byHand, receiver].map(async (contestant) => {
        const recorded = await recordLogout(contestant, deployment, client, shutdown);
        return { recorded, process: await recorded.start(), wall: [] as number[], cpu: [] as number[] };
      }),
    );
    const size = isQuick ? 'quick' : 'full';
    progress('warming up');
    for (const { recorded, process } of contestants) {
      await logouts(WARM_UP[size], recorded, process);
    }
    for (let round = 0; round < ROUNDS[size]; round++) {
      progress(`round ${round + 1} of ${ROUNDS[size]}`);
      for (const { recorded, process, wall, cpu } of contestants) {
        const { milliseconds, cpuMilliseconds } = await logouts(LOGOUTS[size], recorded, process);
        wall.push(milliseconds);
        cpu.push(cpuMilliseconds);
      }
    }
    const measurements = contestants.flatMap(({ recorded: { name, calls }, wall, cpu }): Measurement[] => {
      const isOurs = name === 'receiver';
      const floor = (what: string) => (isOurs ? { floor: `by hand: ${what}` } : {});
      return [
        { name: `${name}: CPU`, unit: 'ms', values: cpu, ...floor('CPU'), ...(isOurs && { limit: MOST_OF_BY_HAND }) },
        { name: `${name}: wall`, unit: 'ms', values: wall, ...floor('wall') },
        // What is made by hand must not fall behind what it stands for.
        {
          name: `${name}: DynamoDB`,
          unit: 'calls',
          values: [calls],
          ...floor('DynamoDB'),
          ...(isOurs && { limit: 1 }),
        },
      ];
    });
    return [{ title: 'A warm logout', note: NOTE, measurements }, await operationCosts(deployment)];
  },
};

/** @returns the mean of one logout */
async function logouts(count: number, recorded: RecordedLogout, process: RuntimeProcess) {
  const sum = { milliseconds: 0, cpuMilliseconds: 0 };
  for (let done = 0; done < count; done++) {
    // The token is signed before the time begins.
    const event = await recorded.event();
    const { milliseconds, cpuMilliseconds } = await process.invoke(event);
    sum.milliseconds += milliseconds;
    sum.cpuMilliseconds += cpuMilliseconds;
  }
  return { milliseconds: sum.milliseconds / count, cpuMilliseconds: sum.cpuMilliseconds / count };
}
