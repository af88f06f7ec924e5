import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { unsignedClient } from './unsigned-client.ts';

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
  const client = unsignedClient(proxy.endpoint, {
    maxAttempts,
    requestHandler: { connectionTimeout: 60_000, requestTimeout, throwOnRequestTimeout: true },
  });
  return Object.assign(proxy, {
    client,
    stop: async () => {
      client.destroy();
      await stopProxy();
    },
  });
}
