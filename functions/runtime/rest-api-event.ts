import * as z from 'zod/mini';

/**
 * What is used of an API Gateway REST API event, which is payload format 1.0. Header names come as they were sent, and
 * what was not sent is null.
 */
export const RestApiEvent = z.object({
  httpMethod: z.string(),
  // Not `headers` and `queryStringParameters`, which have the last of what was sent twice.
  multiValueHeaders: z.nullish(z.record(z.string(), z.array(z.string()))),
  multiValueQueryStringParameters: z.nullish(z.record(z.string(), z.array(z.string()))),
  requestContext: z.object({ identity: z.object({ sourceIp: z.string() }) }),
  body: z.nullish(z.string()),
  isBase64Encoded: z.boolean(),
});

type Values = Readonly<Record<string, readonly string[]>> | null | undefined;

/** @returns a header's values, joined as an HTTP API joins them; undefined where it was not sent */
export function headerIn(headers: Values, lowerCaseName: string): string | undefined {
  const values = entriesOf(headers).filter(([name]) => name.toLowerCase() === lowerCaseName);
  return values.length === 0 ? undefined : values.map(([, value]) => value).join(',');
}

/** @returns the parameters as a query, which API Gateway has decoded */
export function queryOf(parameters: Values): string {
  return new URLSearchParams(entriesOf(parameters)).toString();
}

function entriesOf(record: Values): [name: string, value: string][] {
  return Object.entries(record ?? {}).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
}
