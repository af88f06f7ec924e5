import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import { listeningPort, portProblem } from './listening-port.ts';

/**
 * Has a server listen on 127.0.0.1 until the local run ends.
 *
 * @param port 0 takes a free one
 * @returns the port
 * @throws Error where the port cannot be had
 */
export async function listenOnLoopback(server: Server, port: number, shutdown: Shutdown): Promise<number> {
  shutdown.onEnd(async () => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return listeningPort(server);
}

/**
 * Has a server listen on a port that comes of `--port`.
 *
 * @param port 0 takes a free one
 * @returns the port
 * @throws StartupError where the port cannot be had
 */
export async function listenOnAskedPort(server: Server, port: number, shutdown: Shutdown): Promise<number> {
  try {
    return await listenOnLoopback(server, port, shutdown);
  } catch (cause) {
    throw new StartupError(portProblem('--port', port, cause), { cause });
  }
}
