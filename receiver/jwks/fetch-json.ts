import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { bodyTextOf, checkedResponse, type ReachOptions } from './checked-request.ts';
import { ageSecondsOf, freshSecondsOf } from './freshness.ts';
import { IssuerError } from './issuer-error.ts';

export interface FetchOptions extends ReachOptions {
  /** Of the document that is known: then the server may answer that it has not changed. */
  readonly etag?: string | undefined;
}

export interface JsonResponse {
  /** Undefined where the server says that what is known has not changed. */
  readonly json: unknown;
  readonly isModified: boolean;
  readonly etag: string | undefined;
  /** How long it may be used without a look at the server. */
  readonly freshSeconds: number;
  /** How long before it was asked for it was the server's word, at the most. */
  readonly ageSeconds: number;
  readonly headers: IncomingHttpHeaders;
}

const HEADERS: OutgoingHttpHeaders = {
  accept: 'application/json, application/jwk-set+json, */*;q=0.1',
  // We ask seldom enough for every answer to be the issuer's own. Caches may not heed it, and tell by `Age` (RFC 9111).
  'cache-control': 'no-cache',
};

/**
 * Fetches a JSON document, whatever content type it comes under: OPs label their keys with many.
 *
 * @param url `https:`, or `http:` on loopback
 * @throws Error whatever goes wrong: address, network, TLS, time, size, status, redirect, packing, content
 */
export async function fetchJson(url: string, { etag: known, ...reach }: FetchOptions): Promise<JsonResponse> {
  const response = await checkedResponse(new URL(url), {
    ...reach,
    headers: { ...HEADERS, ...(known !== undefined && { 'if-none-match': known }) },
  });
  try {
    const { statusCode, headers } = response;
    const isModified = !(statusCode === 304 && known !== undefined);
    if (isModified && statusCode !== 200) {
      const { location } = headers;
      throw new IssuerError('status_unexpected', `${url} answered ${statusCode}`, { statusCode, location });
    }
    const json: unknown = isModified ? jsonFrom(await bodyTextOf(response, url), url) : undefined;
    return {
      json,
      isModified,
      etag: headers.etag ?? (isModified ? undefined : known),
      freshSeconds: freshSecondsOf(headers),
      ageSeconds: ageSecondsOf(headers),
      headers,
    };
  } finally {
    response.destroy();
  }
}

function jsonFrom(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IssuerError('not_json', `${url} answered what is not JSON`);
  }
}
