import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listeningPort } from '../loopback/listening-port.ts';
import type { Shutdown } from '../process/shutdown.ts';

/** Stands before DynamoDB, and can make it unreachable. */
export interface TableSwitch {
  readonly endpoint: string;
  isDown(): boolean;
  /** Ends the connections that are open, and every new one. */
  takeDown(): void;
  bringUp(): void;
}

export async function switchBefore(dynamodb: string, shutdown: Shutdown): Promise<TableSwitch> {
  const { hostname, port } = new URL(dynamodb);
  const sockets = new Set<Socket>();
  let isDown = false;
  const server = createServer((socket) => {
    if (isDown) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(port), hostname);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.once('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const cut = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  shutdown.onEnd(async () => {
    server.close();
    cut();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${listeningPort(server)}`,
    isDown: () => isDown,
    takeDown() {
      isDown = true;
      cut();
    },
    bringUp() {
      isDown = false;
    },
  };
}
