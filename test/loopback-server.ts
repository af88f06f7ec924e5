import { once } from 'node:events';
import type { Server } from 'node:http';
import { listeningPort } from '../local/loopback/listening-port.ts';

/** Has a server listen on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<string> {
  // A client that is held up for longer must not find the connection closed under its request.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${listeningPort(server)}`;
}

/** Stops a server, with the connections that are open. */
export async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
