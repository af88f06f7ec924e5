import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Invoke } from '../functions/function-processes.ts';
import type { AnsweredRequest } from '../log/request-line.ts';
import { type ArrivedRequest, type HttpRequest, readHttpRequest } from '../loopback/http-request.ts';
import { listenOnAskedPort } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { httpApiEvent } from './http-api-event.ts';
import { gatewayResponse, type HttpResponse, httpApiResponse } from './http-api-response.ts';
import { type HttpApi, type Route, selectRoute } from './http-api-routes.ts';

/** API Gateway's bound on the request line and all headers together. */
const MOST_HEADER_BYTES = 10_240;
const TIMED_OUT = Symbol('timed out');

/** An HTTP API and what it invokes. */
export interface ServedHttpApi {
  readonly api: HttpApi;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Invoke>;
}

/** Is told of a request, and what it returns of the answer. Neither may throw. */
export type OnRequest = (request: ArrivedRequest) => (answered: AnsweredRequest) => void;

/**
 * Serves an HTTP API on 127.0.0.1.
 *
 * @param port 0 takes a free one
 * @param served the API, which need not be known yet: requests wait for it
 * @param onRequest is told of each request when it has arrived, and what it returns when that one is answered
 * @returns the port
 * @throws StartupError where the port cannot be had
 */
export async function serveHttpApi(
  port: number,
  served: Promise<ServedHttpApi>,
  shutdown: Shutdown,
  onRequest?: OnRequest,
): Promise<number> {
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (message, response) => {
    // Where it fails the client is gone, and nobody is left to answer.
    answer(message, response, served, onRequest).catch(() => response.destroy());
  });
  return await listenOnAskedPort(server, port, shutdown);
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  served: Promise<ServedHttpApi>,
  onRequest?: OnRequest,
): Promise<void> {
  const begin = performance.now();
  const request = await readHttpRequest(message);
  const onAnswered = onRequest?.(request);
  const { body: sent } = request;
  const { status, headers, cookies, body } = sent
    ? await respond({ ...request, body: sent }, await served)
    : gatewayResponse(413, 'Request Entity Too Large');
  response.statusCode = status;
  response.setHeaders(new Map(Object.entries(headers)));
  if (status !== 204 && status !== 304) {
    response.setHeader('content-length', body.length);
  }
  if (cookies.length > 0) {
    response.setHeader('set-cookie', cookies);
  }
  response.setHeader('apigw-requestid', request.id);
  response.end(body);
  const { method } = request;
  const [path = ''] = request.path.split('?');
  onAnswered?.({ method, path, status, body, milliseconds: performance.now() - begin });
}

async function respond(request: HttpRequest, { api, functions }: ServedHttpApi): Promise<HttpResponse> {
  const route = selectRoute(api.routes, request.method, request.path);
  const invoke = route && functions.get(route.functionArn);
  if (!invoke) {
    return gatewayResponse(404, 'Not Found');
  }
  const settled = new AbortController();
  try {
    const returned = await Promise.race([
      invoke(httpApiEvent(request, route, api)),
      delay(route.timeoutMilliseconds, TIMED_OUT, settled),
    ]);
    if (returned === TIMED_OUT) {
      return gatewayResponse(503, 'Service Unavailable');
    }
    return httpApiResponse(returned) ?? functionFailed(route, 'it returned no valid response');
  } catch (error) {
    return functionFailed(route, String(error));
  } finally {
    settled.abort();
  }
}

function functionFailed({ functionArn }: Route, reason: string): HttpResponse {
  process.stderr.write(`${functionArn}: ${reason}\n`);
  return gatewayResponse(500, 'Internal Server Error');
}
