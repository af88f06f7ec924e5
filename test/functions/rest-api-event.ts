import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * The event that a regional REST API makes of a request, in the shape that AWS documents and that its functions log: header
 * names as they were sent, null for what was not
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
 */
export function restApiEvent(
  httpMethod: string,
  path: string,
  { body = null, query = [] }: { readonly body?: string | null; readonly query?: readonly [string, string][] } = {},
): APIGatewayProxyEvent {
  const headers = {
    Accept: '*/*',
    ...(body !== null && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    Host: 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
    'User-Agent': '',
    'X-Amzn-Trace-Id': 'Root=1-6745f3a1-3c1f0d5e7b8a9c0d1e2f3a4b',
    // The first was sent by the client.
    'X-Forwarded-For': '203.0.113.99, 192.0.2.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
  };
  const valuesOf = (name: string) => query.filter(([other]) => other === name).map(([, value]) => value);
  return {
    resource: path,
    path,
    httpMethod,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters:
      query.length === 0 ? null : Object.fromEntries(query.map(([name]) => [name, valuesOf(name)])),
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      resourceId: 'x9y8z7',
      resourcePath: path,
      httpMethod,
      extendedRequestId: 'CHvA8HZZDoEEYvg=',
      requestTime: '27/Nov/2026:10:00:00 +0000',
      path: `/v1${path}`,
      accountId: '111122223333',
      protocol: 'HTTP/1.1',
      stage: 'v1',
      domainPrefix: 'a1b2c3d4e5',
      requestTimeEpoch: 1_795_773_600_000,
      requestId: '5b0f1c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d',
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '192.0.2.1',
        user: null,
        userAgent: null,
        userArn: null,
      },
      domainName: 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
      authorizer: null,
      apiId: 'a1b2c3d4e5',
    },
    body,
    isBase64Encoded: false,
  };
}
