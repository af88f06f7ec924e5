import * as z from 'zod/mini';

/** An HTTP response, whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** API Gateway frames the response itself. */
const CONNECTION_HEADERS = ['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade'];

const HeaderName = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/));
const HeaderValue = z.union([z.string().check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/)), z.number(), z.boolean()]);
const FunctionResponse = z.object({
  statusCode: z.coerce.number().check(z.int(), z.gte(200), z.lte(599)),
  headers: z.nullish(z.record(HeaderName, HeaderValue)),
  cookies: z.nullish(z.array(z.string().check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/)))),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/**
 * The HTTP response that the HTTP API makes of what a function returned (payload format 2.0).
 *
 * @returns undefined where it is not a valid response
 */
export function httpApiResponse(returned: unknown): HttpResponse | undefined {
  if (typeof returned !== 'object' || returned === null || !('statusCode' in returned)) {
    const body = typeof returned === 'string' ? returned : JSON.stringify(returned);
    return jsonResponse(200, body);
  }
  const result = FunctionResponse.safeParse(returned);
  if (!result.success) {
    return undefined;
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result.data;
  return {
    status: statusCode,
    headers: {
      ...(body && { 'content-type': 'text/plain;charset=UTF-8' }),
      ...Object.fromEntries(
        Object.entries(headers ?? {})
          .map(([name, value]) => [name.toLowerCase(), `${value}`] as const)
          .filter(([name]) => !CONNECTION_HEADERS.includes(name)),
      ),
    },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** An answer of API Gateway itself. */
export function gatewayResponse(status: number, message: string): HttpResponse {
  return jsonResponse(status, JSON.stringify({ message }));
}

function jsonResponse(status: number, json: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, cookies: [], body: Buffer.from(json) };
}
