import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamodbProxy } from '../dynamodb-proxy.ts';
import type { Fate } from '../fault-proxy.ts';
import { type Answer, answerTo } from './tables-in-process.ts';

type Decide = (operation: string, body: string) => Fate | Promise<Fate>;

/** In place of `local/dynamodb/dynamodb-client.ts`. */
export function dynamodbClient(): DynamoDBClient {
  return clientOf(1, () => 'pass');
}

/** In place of `test/unsigned-client.ts`. */
export function unsignedClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(dynamodbClient());
}

/** In place of `test/dynamodb-proxy.ts`. */
export async function startDynamodbProxy(maxAttempts: number): Promise<DynamodbProxy> {
  const proxy: Omit<DynamodbProxy, 'client'> = {
    endpoint: '',
    operations: [],
    bodies: [],
    fateOf: () => 'pass',
    stop: async () => undefined,
  };
  const client = clientOf(maxAttempts, async (operation, body) => {
    const fate = await proxy.fateOf(operation, proxy.operations.push(operation) - 1, { headers: {}, body });
    proxy.bodies.push(body);
    return fate;
  });
  return Object.assign(proxy, { client: DynamoDBDocumentClient.from(client) });
}

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

function clientOf(maxAttempts: number, decide: Decide): DynamoDBClient {
  const requestHandler = {
    async handle({ headers, body }: HttpRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const operation = String(headers['x-amz-target']).split('.').at(-1) ?? '';
      const answer = answered(operation, Buffer.from(body).toString(), decide);
      const { status, text } = await Promise.race([answer, abortion(abortSignal)]);
      const response = { statusCode: status, headers: {}, body: new TextEncoder().encode(text) };
      return { response };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  return new DynamoDBClient({
    endpoint: 'http://tables-in-process.invalid',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
    requestHandler,
  });
}

async function abortion(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(Object.assign(new Error('aborted'), { name: 'AbortError' })));
  });
}

async function answered(operation: string, request: string, decide: Decide): Promise<Answer> {
  const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  switch (await decide(operation, request)) {
    case 'lose request':
      throw lost();
    case 'lose answer':
      await answerTo(operation, request);
      throw lost();
    case 'hang':
      return await new Promise(() => undefined);
    case 'fail':
      return { status: 500, text: '{"__type":"InternalServerError"}' };
    case 'throttle':
      return { status: 400, text: '{"__type":"ThrottlingException"}' };
    default:
      return await answerTo(operation, request);
  }
}
