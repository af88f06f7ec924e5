import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { listen, stopServer } from './loopback-server.ts';

/** What becomes of a request: it passes, it is carried out and its answer is lost, or it never arrives. */
export type Fate = 'pass' | 'lose answer' | 'lose request';

export interface DynamodbProxy {
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
  /** Names of the operations that arrived at the proxy, in order. */
  readonly operations: string[];
  /** Decides what becomes of a request; holds it up until then. */
  fateOf: (operation: string, index: number) => Fate | Promise<Fate>;
  stop(): Promise<void>;
}

/** Stands between a client and the run's DynamoDB engine, and fails on the wire as networks do. */
export async function startDynamodbProxy(maxAttempts: number): Promise<DynamodbProxy> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const fate = await proxy.fateOf(operation, proxy.operations.push(operation) - 1);
    const body = Buffer.concat(await request.toArray());
    if (fate === 'lose request') {
      request.socket.destroy();
      return;
    }
    const { connection: _connection, host: _host, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(inject('dynamodbEndpoint'), {
      method: 'POST',
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body,
    });
    const answerBody = Buffer.from(await answer.arrayBuffer());
    if (fate === 'lose answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answerBody);
  });
  const endpoint = await listen(server);
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
  });
  const proxy: DynamodbProxy = {
    endpoint,
    client: DynamoDBDocumentClient.from(client),
    operations: [],
    fateOf: () => 'pass',
    async stop() {
      client.destroy();
      await stopServer(server);
    },
  };
  return proxy;
}
