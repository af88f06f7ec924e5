import * as z from 'zod/mini';
import type { LogoutRequest } from '../../receiver/logout/logout-request.ts';

/** What is used of an API Gateway HTTP API event, payload format 2.0. Header names come in lower case. */
const HttpApiEvent = z.object({
  version: z.literal('2.0'),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  headers: z.record(z.string(), z.string()),
  body: z.optional(z.string()),
  isBase64Encoded: z.boolean(),
});

/** @throws z.core.$ZodError where the event is of another kind: the function is wired to something else */
export function logoutRequestFrom(event: unknown): LogoutRequest {
  const { requestContext, headers, body = '', isBase64Encoded } = HttpApiEvent.parse(event);
  return {
    method: requestContext.http.method,
    contentType: headers['content-type'],
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
