import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

// As the local run has it: with which Node.js later versions of the SDK will not run is no news here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none';

/**
 * A client of the embedded DynamoDB, which wants a signature but checks none: to make them takes a third of the time of
 * a request. What the functions of a local run send is signed.
 */
export function unsignedClient(
  endpoint: string,
  { requestHandler, maxAttempts = 1 }: Pick<DynamoDBClientConfig, 'maxAttempts' | 'requestHandler'> = {},
): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
    requestHandler: requestHandler ?? { connectionTimeout: 60_000 },
    signer: {
      async sign(request) {
        Object.assign(request.headers, { authorization: AUTHORIZATION, 'x-amz-date': '20260101T000000Z' });
        return request;
      },
    },
  });
  // They prepare for each request what nobody reads, which takes a tenth of its time.
  client.middlewareStack.remove('loggerMiddleware');
  client.middlewareStack.remove('getUserAgentMiddleware');
  return DynamoDBDocumentClient.from(client);
}
