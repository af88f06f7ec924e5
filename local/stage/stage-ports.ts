import { createServer, type Server } from 'node:http';
import { listenOnAskedPort } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Part, PartPorts } from './addresses.ts';

/** After the port of the receiver. */
const OFFSETS = { page: 1, op: 2, shop: 3, mail: 4 };

/** @param receiverPort 0: all take free ones */
export function stagePort(what: keyof typeof OFFSETS, receiverPort: number): number {
  return receiverPort === 0 ? 0 : receiverPort + OFFSETS[what];
}

/** Has a server for each part listen; requests wait until something listens to them. */
export async function openPorts(
  receiverPort: number,
  shutdown: Shutdown,
): Promise<{ servers: Readonly<Record<Part, Server>>; ports: PartPorts }> {
  const servers = { op: createServer(), shop: createServer(), mail: createServer() };
  const [op, shop, mail] = await Promise.all([
    listenOnAskedPort(servers.op, stagePort('op', receiverPort), shutdown),
    listenOnAskedPort(servers.shop, stagePort('shop', receiverPort), shutdown),
    listenOnAskedPort(servers.mail, stagePort('mail', receiverPort), shutdown),
  ]);
  return { servers, ports: { op, shop, mail } };
}
