import { createServer } from 'node:http';
import { listen, stopServer } from '../../loopback-server.ts';

export interface CachingServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** An HTTP cache in front of a server: it keeps what it has for so many seconds, and says how old it is (RFC 9111). */
export async function startCachingServer(
  origin: string,
  seconds: number,
  heedsNoCache: boolean,
): Promise<CachingServer> {
  const kept = new Map<string, { readonly body: string; readonly at: number }>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const now = Date.now() / 1000;
    const known = kept.get(path);
    const isAsked = heedsNoCache && request.headers['cache-control'] === 'no-cache';
    const isFresh = known !== undefined && now - known.at < seconds && !isAsked;
    const answer = isFresh ? known : { body: await (await fetch(`${origin}${path}`)).text(), at: now };
    kept.set(path, answer);
    response.writeHead(200, {
      'cache-control': `max-age=${seconds}`,
      ...(isFresh && { age: String(Math.floor(now - answer.at)) }),
    });
    response.end(answer.body);
  });
  return { url: await listen(server), stop: () => stopServer(server) };
}
