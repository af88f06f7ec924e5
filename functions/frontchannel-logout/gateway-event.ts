import * as z from 'zod/mini';
import { queryOf, RestApiEvent } from '../runtime/rest-api-event.ts';

/** What is used of an API Gateway HTTP API event, payload format 2.0. */
const HttpApiEvent = z.object({
  version: z.literal('2.0'),
  // Not `queryStringParameters`, which joins what was sent twice.
  rawQueryString: z.string(),
  requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }),
});

const GatewayEvent = z.union([HttpApiEvent, RestApiEvent]);

export interface FrontchannelRequest {
  /** Without the question mark: as it was sent, or from a REST API, which has decoded it, what means the same. */
  readonly query: string;
  /** Address that the request came from. No header has a say in it. */
  readonly sourceIp: string;
}

/** @throws z.core.$ZodError where the event is of another kind: the function is wired to something else */
export function frontchannelRequestFrom(received: unknown): FrontchannelRequest {
  const event = GatewayEvent.parse(received);
  return 'version' in event
    ? { query: event.rawQueryString, sourceIp: event.requestContext.http.sourceIp }
    : { query: queryOf(event.multiValueQueryStringParameters), sourceIp: event.requestContext.identity.sourceIp };
}
