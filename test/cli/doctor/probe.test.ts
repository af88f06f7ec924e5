import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { NOBODY, probe } from '../../../cli/doctor/endpoint.ts';
import { listen, stopServer } from '../../loopback-server.ts';

it('a server whose answer has no end is no receiver, and is not read to the end', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200);
    const write = () => {
      while (response.write(Buffer.alloc(64 * 1024))) {}
    };
    response.on('drain', write);
    write();
  });
  onTestFinished(() => stopServer(server));
  const url = await listen(server);
  expect(await probe(url, NOBODY)).toMatchObject({ status: 200, reason: undefined });
});
