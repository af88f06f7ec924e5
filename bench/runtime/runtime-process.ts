import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback/loopback-server.ts';
import { endProcess } from '../../local/process/end-process.ts';
import type { Shutdown } from '../../local/process/shutdown.ts';
import { BenchError } from '../measured-parts.ts';

/** What something took. */
export interface Duration {
  readonly milliseconds: number;
  /** Of the process alone. */
  readonly cpuMilliseconds: number;
}

/** A fresh process with AWS's runtime client and a function, as Lambda starts one. */
export interface RuntimeProcess {
  /** From the start of the process until it asks for the first event. */
  readonly ready: Duration;
  /**
   * Has the function handle an event.
   *
   * @throws BenchError where it fails, or answers with another status than 200
   */
  invoke(event: object): Promise<Duration>;
  end(): Promise<void>;
}

interface Asked {
  readonly at: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const MOST_MILLISECONDS = 60_000;

/**
 * Starts a process, and waits until it is ready.
 *
 * @param node path of the Node.js to run it on
 * @param runtimeClient path of the module of the runtime client
 * @param environment the whole of it, with the handler's place in LAMBDA_TASK_ROOT and _HANDLER
 * @throws BenchError where the function does not load
 */
export async function startRuntimeProcess(
  node: string,
  runtimeClient: string,
  environment: Readonly<Record<string, string>>,
  shutdown: Shutdown,
): Promise<RuntimeProcess> {
  const arrivals = new EventEmitter<{ next: [Asked]; report: [Asked] }>();
  const server = createServer((request, response) => {
    const kind = request.url?.endsWith('/next') ? 'next' : 'report';
    arrivals.emit(kind, { at: performance.now(), request, response });
  });
  const port = await listenOnLoopback(server, 0, shutdown);
  const startedAt = performance.now();
  const child = spawn(node, [runtimeClient], {
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  shutdown.onEnd(() => endProcess(child, 0));
  const said = saidBy(child);
  const failed = failureOf(child, said);
  const arrival = async (kind: 'next' | 'report'): Promise<Asked> => (await once(arrivals, kind))[0];
  const wait = async (awaited: Promise<Asked>, what: string) => await Promise.race([awaited, failed, late(what)]);

  let next = await wait(Promise.race([arrival('next'), arrival('report')]), 'to load the function');
  if (next.request.method === 'POST') {
    throw new BenchError(`the function does not load: ${await text(next.request)}`);
  }
  return {
    ready: { milliseconds: next.at - startedAt, cpuMilliseconds: cpuIn(next, 'x-process-cpu') },
    async invoke(event) {
      const [asked, reported] = [arrival('next'), arrival('report')];
      const invokedAt = performance.now();
      next.response
        .writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': randomUUID(),
          'lambda-runtime-deadline-ms': `${Date.now() + 10_000}`,
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:000000000000:function:bench',
        })
        .end(JSON.stringify(event));
      const report = await wait(reported, 'for an answer');
      const answer = await text(report.request);
      report.response.writeHead(202).end();
      if (!/\/response$/.test(report.request.url ?? '') || JSON.parse(answer)?.statusCode !== 200) {
        throw new BenchError(`the function answered ${answer}: ${said().slice(-2000)}`);
      }
      next = await wait(asked, 'for the next event to be asked for');
      return { milliseconds: report.at - invokedAt, cpuMilliseconds: cpuIn(report, 'x-handler-cpu') };
    },
    async end() {
      await endProcess(child, 0);
      server.close();
    },
  };
}

function cpuIn({ request }: Asked, header: string): number {
  return Number(request.headers[header]) / 1000;
}

/** Reads all that it says, so that it never waits for a reader. */
function saidBy(child: ChildProcess): () => string {
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-10_000);
    });
  }
  return () => said;
}

/** Rejects when the process ends. */
function failureOf(child: ChildProcess, said: () => string): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new BenchError(`a function's process ended with ${code}: ${said()}`)));
  });
  failed.catch(() => undefined);
  return failed;
}

function late(what: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new BenchError(`a process took a minute ${what}`)), MOST_MILLISECONDS).unref();
  });
}
