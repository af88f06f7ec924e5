import { createServer, type RequestListener } from 'node:http';
import { listeningPort } from '../../local/loopback/listening-port.ts';

/** Serves on a free port of 127.0.0.1, tells the parent process of it, and whoever asks its CPU time. */
export function serve(listener: RequestListener): void {
  const server = createServer((request, response) => {
    if (request.url === '/cpu') {
      const { user, system } = process.cpuUsage();
      response.end(`${(user + system) / 1000}`);
    } else {
      listener(request, response);
    }
  });
  // A client that is held up for longer must not find the connection closed under its request.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send?.({ port: listeningPort(server) }));
  // The parent is gone, however it went.
  process.once('disconnect', () => process.exit());
}
