import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborts when the time for it is spent. */
  readonly signal: AbortSignal;
}

export interface PostResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * POSTs to a service of the local run.
 *
 * With an agent of its own, as the AWS SDK's clients have theirs: the global one, and `fetch`, go through the proxy that
 * the environment names (NODE_USE_ENV_PROXY), and no proxy reaches this machine's loopback.
 *
 * @throws Error whatever goes wrong on the way; an answer is one, whatever its status
 */
export async function post(url: string, { headers, body, signal }: PostOptions): Promise<PostResponse> {
  const { Agent, request } = new URL(url).protocol === 'https:' ? https : http;
  const outgoing = request(url, { method: 'POST', agent: new Agent(), headers, signal });
  const answered: Promise<[http.IncomingMessage]> = once(outgoing, 'response').then(([response]) => [response]);
  outgoing.end(body);
  const [response] = await answered;
  return { status: response.statusCode ?? 0, body: await text(response) };
}
