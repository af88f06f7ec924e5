import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { readBody } from '../loopback/http-request.ts';
import { listenOnLoopback } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { queueUrl, withLocalQueueUrls } from '../template/queue-urls.ts';
import { findOutputs } from '../template/template-resources.ts';
import { readQueues } from './queue-definitions.ts';
import { createQueues, type Queues } from './queues.ts';
import { SqsError } from './sqs-error.ts';
import { type MessageMove, type SqsContext, sqsOperations } from './sqs-operations.ts';

/** A message has 1 MiB at most, and JSON can take six characters for one. */
const MOST_BODY_BYTES = 8 * 1024 * 1024;

const InputOfQueue = z.object({ QueueUrl: z.string() });

/** The queues of the templates. */
export interface ServedQueues {
  readonly queues: Queues;
  /** Of the local SQS; undefined where there is no queue. */
  readonly endpoint: string | undefined;
  /** Of the queues that the templates put out, by the name of the output, which ends in `QueueUrl`. */
  readonly urls: Readonly<Record<string, string>>;
}

/**
 * Makes the queues of the templates, empty, and serves them where there are any.
 *
 * @throws StartupError where one has what the local run does not know
 */
export async function openQueues(stacks: readonly Stack[], shutdown: Shutdown): Promise<ServedQueues> {
  const queues = createQueues(readQueues(stacks));
  if (queues.size === 0) {
    return { queues, endpoint: undefined, urls: {} };
  }
  const endpoint = await serveSqs(queues, shutdown);
  const outputs = Object.entries(findOutputs(stacks, 'QueueUrl'));
  return {
    queues,
    endpoint,
    urls: Object.fromEntries(outputs.map(([name, url]) => [name, withLocalQueueUrls(url, endpoint)])),
  };
}

/**
 * Serves queues on a free port of 127.0.0.1, as SQS does: the operations of `sqsOperations`, and nothing else.
 *
 * @returns its endpoint
 */
async function serveSqs(queues: Queues, shutdown: Shutdown): Promise<string> {
  // The port can be found by other users of this machine, and by web pages whose name leads to loopback. The path is
  // what only the functions are told, and whoever runs them.
  const path = `/${randomBytes(16).toString('hex')}`;
  const ending = new AbortController();
  const moves: MessageMove[] = [];
  let endpoint = '';
  const server = createServer((message, response) => {
    const gone = AbortSignal.any([ending.signal, closing(response)]);
    const byUrl = new Map([...queues.values()].map((queue) => [queueUrl(endpoint, queue.definition.name), queue]));
    const context: SqsContext = {
      queues,
      moves,
      gone,
      queueWithUrl(url) {
        const queue = byUrl.get(url);
        if (!queue) {
          throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
        }
        return queue;
      },
    };
    answer(message, path, context)
      .then(
        (output) => send(response, 200, {}, output),
        (error: unknown) => sendError(response, error),
      )
      // The client is gone, and nobody is left to answer.
      .catch(() => response.destroy());
  });
  shutdown.onEnd(async () => ending.abort());
  endpoint = `http://127.0.0.1:${await listenOnLoopback(server, 0, shutdown)}${path}`;
  return endpoint;
}

async function answer(message: IncomingMessage, path: string, context: SqsContext): Promise<object> {
  const input = parse(await readBody(message, MOST_BODY_BYTES));
  const { method, url, headers } = message;
  const [service, name = ''] = String(headers['x-amz-target']).split('.');
  const operation = sqsOperations.get(name);
  if (method !== 'POST' || service !== 'AmazonSQS' || !(url === `${path}/` || isSentToQueue(url, input, context))) {
    throw new SqsError('UnsupportedOperation', 'this is the SQS of a local run, on a path of its own');
  }
  if (!operation) {
    const known = [...sqsOperations.keys()].join(', ');
    throw new SqsError('UnsupportedOperation', `the local run does not know ${name}: it knows ${known}`);
  }
  return operation(input, context);
}

/**
 * Whether the client has nothing but a queue's URL. The SDK, when it is told no endpoint, sends to the host of that, and
 * the path is in the input.
 */
function isSentToQueue(url: string | undefined, input: unknown, context: SqsContext): boolean {
  const { data } = InputOfQueue.safeParse(input);
  try {
    return url === '/' && data !== undefined && context.queueWithUrl(data.QueueUrl) !== undefined;
  } catch {
    return false;
  }
}

function parse(body: Buffer | undefined): unknown {
  try {
    return body && JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof SqsError) {
    const headers = { 'x-amzn-query-error': `${error.queryCode};Sender` };
    send(response, 400, headers, { __type: error.type, message: error.message });
  } else {
    process.stderr.write(`SQS: ${String(error)}\n`);
    send(response, 500, {}, { __type: 'com.amazonaws.sqs#InternalError', message: 'the local SQS failed' });
  }
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: object): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

/** Aborted when the connection is over before the response. */
function closing(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
