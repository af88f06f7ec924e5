import type { Server } from 'node:net';

/** Port that a server listens on; 0 where it does not. */
export function listeningPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
