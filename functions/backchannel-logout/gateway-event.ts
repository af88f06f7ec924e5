import * as z from 'zod/mini';
import type { LogoutRequest } from '../../receiver/logout/logout-request.ts';
import { headerIn, RestApiEvent } from '../runtime/rest-api-event.ts';

/** What is used of an API Gateway HTTP API event, payload format 2.0. Header names come in lower case. */
const HttpApiEvent = z.object({
  version: z.literal('2.0'),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  headers: z.record(z.string(), z.string()),
  body: z.optional(z.string()),
  isBase64Encoded: z.boolean(),
});

const GatewayEvent = z.union([HttpApiEvent, RestApiEvent]);

/** @throws z.core.$ZodError where the event is of another kind: the function is wired to something else */
export function logoutRequestFrom(received: unknown): LogoutRequest {
  const event = GatewayEvent.parse(received);
  return {
    ...('version' in event
      ? { method: event.requestContext.http.method, contentType: event.headers['content-type'] }
      : { method: event.httpMethod, contentType: headerIn(event.multiValueHeaders, 'content-type') }),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}
