import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { listen, stopServer } from './loopback-server.ts';

/** What becomes of a request. */
export type Fate =
  | 'pass'
  /** It never arrives. */
  | 'lose request'
  /** It is carried out, and its answer is lost. */
  | 'lose answer'
  /** The service has an internal error. */
  | 'fail'
  /** The service has too much to do, and says when to come back. */
  | 'throttle'
  /** The service's clock is an hour ahead from now on, and it takes the request for an old one. */
  | 'skew'
  /** The service does nothing of a batch, and says so. */
  | 'leave undone'
  /** It is answered late. */
  | 'dawdle'
  /** It is never answered. */
  | 'hang';

/** A request that arrived. */
export interface ProxiedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Names of the operations that arrived, in order. */
  readonly operations: string[];
  /** Bodies of the requests that arrived, in order. */
  readonly bodies: string[];
  /** Decides what becomes of a request; holds it up until then. */
  fateOf: (operation: string, index: number, request: ProxiedRequest) => Fate | Promise<Fate>;
  stop(): Promise<void>;
}

const DAWDLE_MILLISECONDS = 300;

/** Stands before a service, and fails on the wire as services and networks do. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  // A connection that was kept could be closed by the time it is used again.
  const agent = new Agent();
  let isAhead = false;
  const server = createServer((request, response) => {
    // Where it fails the client is gone, and nobody is left to answer.
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request);
    const index = proxy.operations.push(operation) - 1;
    const body = Buffer.concat(await request.toArray()).toString();
    proxy.bodies.push(body);
    const fate = await proxy.fateOf(operation, index, { headers: request.headers, body });
    setClock(response, fate);
    if (fate === 'hang') {
      return;
    }
    if (fate === 'lose request') {
      request.socket.destroy();
      return;
    }
    if (fate === 'fail' || fate === 'throttle' || fate === 'skew') {
      answerFault(response, fate);
      return;
    }
    if (fate === 'leave undone') {
      response.writeHead(200, JSON_PROTOCOL).end(JSON.stringify({ UnprocessedItems: JSON.parse(body).RequestItems }));
      return;
    }
    if (fate === 'dawdle') {
      await delay(DAWDLE_MILLISECONDS);
    }
    // The URLs of queues stand in the requests too.
    const answer = await forwarded(request, body.replaceAll(proxy.endpoint, target));
    const answerBody = Buffer.concat(await answer.toArray());
    if (fate === 'lose answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 0, {
      'content-type': answer.headers['content-type'] ?? 'application/json',
    });
    response.end(answerBody);
  }

  function setClock(response: ServerResponse, fate: Fate): void {
    isAhead ||= fate === 'skew';
    if (isAhead) {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
    }
  }

  /** Not by `fetch`, which takes longer than the rest of the proxy. */
  async function forwarded(request: IncomingMessage, body: string): Promise<IncomingMessage> {
    const { connection: _connection, host: _host, 'content-length': _length, ...headers } = request.headers;
    const method = request.method ?? 'GET';
    const outgoing = httpRequest(new URL(request.url ?? '/', target), { agent, method, headers });
    const answered: Promise<[IncomingMessage]> = once(outgoing, 'response').then(([answer]) => [answer]);
    outgoing.end(body);
    const [answer] = await answered;
    return answer;
  }

  const proxy: FaultProxy = {
    endpoint: await listen(server),
    operations: [],
    bodies: [],
    fateOf: () => 'pass',
    stop: () => stopServer(server),
  };
  return proxy;
}

/** As AWS's JSON protocols name it, else the path. */
function operationOf({ headers, url = '/' }: IncomingMessage): string {
  return (
    String(headers['x-amz-target'] ?? url)
      .split('.')
      .at(-1) ?? ''
  );
}

const JSON_PROTOCOL = { 'content-type': 'application/x-amz-json-1.0' };

const FAULTS = {
  fail: { status: 500, type: 'InternalServerError' },
  throttle: { status: 400, type: 'ThrottlingException' },
  skew: { status: 400, type: 'InvalidSignatureException' },
};

/** Errors of AWS's JSON protocols; whoever speaks no such protocol reads the status. */
function answerFault(response: ServerResponse, fate: keyof typeof FAULTS): void {
  const { status, type } = FAULTS[fate];
  response
    .writeHead(status, {
      ...JSON_PROTOCOL,
      ...(fate === 'throttle' && { 'retry-after': '1' }),
    })
    .end(JSON.stringify({ __type: type, message: 'injected' }));
}
