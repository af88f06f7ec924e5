import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

export interface DynamodbProxy extends FaultProxy {
  readonly client: DynamoDBDocumentClient;
}

/**
 * Stands between a client and the run's DynamoDB engine.
 *
 * @param requestTimeout of the client, in milliseconds; 0: none
 */
export async function startDynamodbProxy(maxAttempts: number, requestTimeout = 0): Promise<DynamodbProxy> {
  const proxy = await startFaultProxy(inject('dynamodbEndpoint'));
  const stopProxy = proxy.stop;
  const client = new DynamoDBClient({
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
    requestHandler: { connectionTimeout: 60_000, requestTimeout, throwOnRequestTimeout: true },
  });
  return Object.assign(proxy, {
    client: DynamoDBDocumentClient.from(client),
    stop: async () => {
      client.destroy();
      await stopProxy();
    },
  });
}
