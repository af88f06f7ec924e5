import * as z from 'zod/mini';

/** What is used of an API Gateway HTTP API event, payload format 2.0. */
const HttpApiEvent = z.object({
  version: z.literal('2.0'),
  // Not `queryStringParameters`, which joins what was sent twice.
  rawQueryString: z.string(),
  requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }),
});

export interface FrontchannelRequest {
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** Address that the request came from. */
  readonly sourceIp: string;
}

/** @throws z.core.$ZodError where the event is of another kind: the function is wired to something else */
export function frontchannelRequestFrom(event: unknown): FrontchannelRequest {
  const { rawQueryString, requestContext } = HttpApiEvent.parse(event);
  return { query: rawQueryString, sourceIp: requestContext.http.sourceIp };
}
