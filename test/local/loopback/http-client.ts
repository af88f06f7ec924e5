import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request exactly as it is given: headers in order, names and values alternating. */
export async function send(
  port: number,
  method: string,
  path: string,
  headers: readonly string[] = [],
  body: string | Buffer | readonly (string | Buffer)[] = '',
): Promise<Answer> {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method,
    path,
    headers: ['Host', 'example.com', ...headers],
    // A connection of its own: one that was idle can be closed by the server just when it is used again.
    agent: false,
  });
  const answered = once(outgoing, 'response');
  for (const chunk of Array.isArray(body) ? body : [body]) {
    outgoing.write(chunk);
  }
  outgoing.end();
  const [response]: IncomingMessage[] = await answered;
  if (!response) {
    throw new Error('there is no response');
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}
