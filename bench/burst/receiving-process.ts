import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { endProcess } from '../../local/process/end-process.ts';
import type { Shutdown } from '../../local/process/shutdown.ts';
import { BenchError } from '../measured-parts.ts';

const Ready = z.object({ port: z.number() });
const MOST_MILLISECONDS = 30_000;

/** A process that receives logouts over HTTP. */
export interface ReceivingProcess {
  /**
   * Sends logout tokens, so many at once.
   *
   * @throws BenchError where one is not answered with success
   */
  send(tokens: readonly string[], atOnce: number): Promise<Burst>;
}

/** How some logouts went. */
export interface Burst {
  readonly seconds: number;
  /** Of each logout, from the request to the whole answer; the shortest first. */
  readonly milliseconds: readonly number[];
  /** Of the process that received them. */
  readonly cpuMilliseconds: number;
}

/**
 * Starts a process, and waits until it receives logouts.
 *
 * @param script name of the module in this folder
 * @param node path of the Node.js to run it on
 */
export async function startReceivingProcess(
  script: string,
  node: string,
  environment: Readonly<Record<string, string>>,
  shutdown: Shutdown,
): Promise<ReceivingProcess> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [], {
    execPath: node,
    execArgv: ['--import', 'tsx'],
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  shutdown.onEnd(() => endProcess(child, 0));
  const exited = once(child, 'exit').then(([code]): never => {
    throw new BenchError(`${script} ended with ${code}`);
  });
  exited.catch(() => undefined);
  const [message] = await Promise.race([once(child, 'message'), exited]);
  const { port } = Ready.parse(message);
  const agent = new Agent({ keepAlive: true });
  const cpu = async () => Number(await text(await answerTo(port, agent, '/cpu')));
  return {
    async send(tokens, atOnce) {
      const cpuBefore = await cpu();
      const milliseconds: number[] = [];
      const left = tokens.values();
      const sendAll = async () => {
        for (const token of left) {
          const start = performance.now();
          const answer = await answerTo(port, agent, '/backchannel-logout', `logout_token=${token}`);
          const body = await text(answer);
          milliseconds.push(performance.now() - start);
          if (answer.statusCode !== 200 && answer.statusCode !== 204) {
            throw new BenchError(`${script} answered ${answer.statusCode}: ${body}`);
          }
        }
      };
      const start = performance.now();
      await Promise.race([Promise.all(Array.from({ length: atOnce }, sendAll)), exited]);
      const seconds = (performance.now() - start) / 1000;
      return { seconds, milliseconds: milliseconds.sort((a, b) => a - b), cpuMilliseconds: (await cpu()) - cpuBefore };
    },
  };
}

async function answerTo(port: number, agent: Agent, path: string, body?: string): Promise<IncomingMessage> {
  const sent = request({
    ...{ agent, host: '127.0.0.1', port, path, timeout: MOST_MILLISECONDS },
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
  });
  sent.on('timeout', () => sent.destroy(new BenchError(`${path} was not answered in 30 s`)));
  sent.end(body);
  const [answer]: [IncomingMessage] = await once(sent, 'response').then(([first]) => [first]);
  return answer;
}
