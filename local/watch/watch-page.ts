import { fileURLToPath } from 'node:url';
import type { Shutdown } from '../process/shutdown.ts';
import type { Feed } from './feed.ts';
import { servePage } from './page-server.ts';

/** The name that browsers call the page by: they take all names under `localhost` to loopback. */
export const PAGE_HOST = 'logout.localhost';
/** Names that the page can be called by: not every system has an address for `PAGE_HOST`. */
const HOSTS = [PAGE_HOST, 'localhost', '127.0.0.1'];
const DIRECTORY = fileURLToPath(new URL('./page/', import.meta.url));

/**
 * Serves the page of `--watch`.
 *
 * @param port 0 takes a free one
 * @returns its address
 * @throws StartupError where the port cannot be had
 */
export async function serveWatchPage(port: number, feed: Feed, shutdown: Shutdown): Promise<string> {
  const served = await servePage(port, { feed, directories: [DIRECTORY], hosts: HOSTS }, shutdown);
  return `http://${PAGE_HOST}:${served}`;
}
