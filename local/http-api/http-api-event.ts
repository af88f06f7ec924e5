import { randomBytes } from 'node:crypto';
import { localAccount } from '../local-account.ts';
import type { HttpRequest } from '../loopback/http-request.ts';
import type { HttpApi, Route } from './http-api-routes.ts';

/** Of all other content, API Gateway hands the body on as base64, forms included. */
const TEXT_CONTENT = /^(text\/.*|application\/(json|javascript|xml|.*\+json|.*\+xml))$/;
/** About the connection, which ends at API Gateway. */
const CONNECTION_HEADERS = ['connection', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The event that the HTTP API makes of a request (payload format 2.0). */
export function httpApiEvent(request: HttpRequest, route: Route, api: HttpApi) {
  const { method, path, query, receivedAt } = request;
  const cookies = request.headers.filter(([name]) => name === 'cookie').flatMap(([, value]) => value.split(/;\s*/));
  const headers = eventHeaders(request);
  const parameters = joined(new URLSearchParams(query));
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query !== '' && { queryStringParameters: parameters }),
    requestContext: {
      accountId: localAccount.id,
      apiId: api.id,
      domainName: api.domainName,
      domainPrefix: api.id,
      http: {
        method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.id,
      routeKey: route.routeKey,
      stage: '$default',
      time: eventTime(new Date(receivedAt)),
      timeEpoch: receivedAt,
    },
    ...eventBody(request.body, headers['content-type']),
  };
}

function eventHeaders({ headers, body, sourceIp, port, receivedAt }: HttpRequest): Record<string, string> {
  const sent = headers.filter(([name]) => name !== 'cookie' && !CONNECTION_HEADERS.includes(name));
  const seconds = Math.floor(receivedAt / 1000).toString(16);
  return {
    ...joined([...sent, ['x-forwarded-for', sourceIp]]),
    ...(body.length > 0 && { 'content-length': `${body.length}` }),
    'x-amzn-trace-id': `Root=1-${seconds}-${randomBytes(12).toString('hex')}`,
    'x-forwarded-port': `${port}`,
    'x-forwarded-proto': 'http',
  };
}

function eventBody(body: Buffer, contentType = '') {
  if (body.length === 0) {
    return { isBase64Encoded: false };
  }
  const [mediaType = ''] = contentType.split(';');
  const isText = TEXT_CONTENT.test(mediaType.trim().toLowerCase());
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** Format 2.0 has one value for each name; those that were sent more than once are joined by commas. */
function joined(entries: Iterable<readonly [name: string, value: string]>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of entries) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

/** As in `24/Nov/2026:03:21:02 +0000`. */
function eventTime(date: Date): string {
  const day = `${date.getUTCDate()}`.padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
