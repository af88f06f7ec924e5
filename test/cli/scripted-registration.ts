import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, stopServer } from '../loopback-server.ts';

interface SentRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Parsed. Undefined where there was none. */
  readonly body: unknown;
}

/** An OP whose answers to registrations a test writes. */
export interface ScriptedRegistration {
  readonly issuer: string;
  readonly requests: SentRequest[];
  /** Members of its discovery document beside issuer and jwks_uri. */
  discovery: object;
  answer: (response: ServerResponse, request: SentRequest) => void;
  stop(): Promise<void>;
}

export async function startScriptedRegistration(): Promise<ScriptedRegistration> {
  const server = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    if (path === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: op.issuer, jwks_uri: `${op.issuer}/jwks`, ...op.discovery }));
      return;
    }
    const body = await text(request);
    const sent = { method, path, headers, body: body === '' ? undefined : JSON.parse(body) };
    op.requests.push(sent);
    op.answer(response, sent);
  });
  const issuer = await listen(server);
  const op: ScriptedRegistration = {
    issuer,
    requests: [],
    discovery: { registration_endpoint: `${issuer}/register` },
    answer: (response) => response.writeHead(500).end(),
    stop: () => stopServer(server),
  };
  return op;
}
