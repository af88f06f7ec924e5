import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listeningPort } from '../loopback/listening-port.ts';
import { listenOnAskedPort } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { streamEvents } from './event-stream.ts';
import type { Feed } from './feed.ts';
import { pageFile } from './page-files.ts';

/** What a page's server serves. */
export interface ServedPage {
  /** Served as server-sent events at `/events`. */
  readonly feed: Feed;
  /** Of static files: the first that has a file counts. */
  readonly directories: readonly string[];
  /** Answers what no file does, and resolves to whether it has. */
  readonly routes?: (message: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** Names that browsers call the server by, without port. */
  readonly hosts: readonly string[];
  /** Origins whose pages may be shown in frames. */
  readonly frames?: readonly string[];
}

/**
 * Serves a page on 127.0.0.1, with the feed that it shows.
 *
 * @param port 0 takes a free one
 * @returns the port
 * @throws StartupError where the port cannot be had
 */
export async function servePage(port: number, page: ServedPage, shutdown: Shutdown): Promise<number> {
  const server = createServer((message, response) => {
    const origins = page.hosts.map((host) => `http://${host}:${listeningPort(server)}`);
    // Where it fails the client is gone, and nobody is left to answer.
    answer(message, response, page, origins).catch(() => response.destroy());
  });
  return await listenOnAskedPort(server, port, shutdown);
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  page: ServedPage,
  origins: readonly string[],
): Promise<void> {
  for (const [name, value] of Object.entries(headersFor(page))) {
    response.setHeader(name, value);
  }
  if (!isOwn(message, origins)) {
    plain(response, 403, 'Forbidden');
    return;
  }
  const [path = ''] = (message.url ?? '').split('?');
  if (message.method === 'GET' && path === '/events') {
    streamEvents(message, response, page.feed);
    return;
  }
  const file = message.method === 'GET' ? await pageFile(page.directories, path) : undefined;
  if (file) {
    response.writeHead(200, { 'content-type': file.type }).end(file.content);
  } else if (!(await page.routes?.(message, response))) {
    plain(response, 404, 'Not Found');
  }
}

function headersFor({ frames = [] }: ServedPage): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${frames.length > 0 ? frames.join(' ') : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/**
 * Whether a request is one of the page itself, of its reader, or of a program on this machine. The feed holds whole tokens:
 * no other page may read it, neither by a name of its own that leads to loopback (DNS rebinding), nor by way of the reader's
 * browser.
 */
function isOwn({ method, headers }: IncomingMessage, origins: readonly string[]): boolean {
  const site = headers['sec-fetch-site'] ?? 'none';
  // The reader follows a link to the page.
  const isVisit =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (
    origins.includes(`http://${headers.host}`) &&
    (site === 'none' || site === 'same-origin' || isVisit) &&
    (headers.origin === undefined || headers.origin === `http://${headers.host}`)
  );
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
