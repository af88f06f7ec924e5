import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import { isAllowedAddress, isLoopbackAddress } from './address-rules.ts';
import { checkedLookup } from './checked-lookup.ts';
import { unpacked } from './content-encoding.ts';
import { ageSecondsOf, freshSecondsOf } from './freshness.ts';
import { IssuerError } from './issuer-error.ts';

export interface FetchOptions {
  /** Aborts when the time for it is spent. */
  readonly signal: AbortSignal;
  /** For the name, the connection and TLS. */
  readonly connectMilliseconds: number;
  readonly allowPrivateAddresses: boolean;
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

/** As it comes, and unpacked. */
const MAX_BODY_BYTES = 256 * 1024;

const HEADERS: OutgoingHttpHeaders = {
  accept: 'application/json, application/jwk-set+json, */*;q=0.1',
  'accept-encoding': 'identity',
  // We ask seldom enough for every answer to be the issuer's own. Caches may not heed it, and tell by `Age` (RFC 9111).
  'cache-control': 'no-cache',
  // Some firewalls refuse clients that do not say who they are.
  'user-agent': 'logout-receiver',
};

/**
 * Fetches a JSON document, whatever content type it comes under: OPs label their keys with many.
 *
 * By Node's own client: the global `fetch` takes 60 ms to load, and lets nobody check the address that it connects to.
 *
 * @param url `https:`, or `http:` on loopback
 * @throws Error whatever goes wrong: address, network, TLS, time, size, status, redirect, packing, content
 */
export async function fetchJson(url: string, options: FetchOptions): Promise<JsonResponse> {
  const response = await responseOf(new URL(url), options);
  try {
    const { statusCode, headers } = response;
    const isModified = !(statusCode === 304 && options.etag !== undefined);
    if (isModified && statusCode !== 200) {
      throw new IssuerError(`${url} answered ${statusCode}`);
    }
    const json: unknown = isModified ? jsonFrom(await textOf(response, url), url) : undefined;
    return {
      json,
      isModified,
      etag: headers.etag ?? (isModified ? undefined : options.etag),
      freshSeconds: freshSecondsOf(headers),
      ageSeconds: ageSecondsOf(headers),
      headers,
    };
  } finally {
    response.destroy();
  }
}

async function responseOf(url: URL, options: FetchOptions): Promise<IncomingMessage> {
  const isAllowed = addressRule(url, options);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A socket looks up names only.
  if (isIP(host) !== 0 && !isAllowed(host)) {
    throw new IssuerError(`${url.origin} is an address that is not allowed`);
  }
  const { Agent, request } = await clientOf(url);
  const outgoing = request(url, {
    // One of our own: the global one may have been told to go through a proxy (NODE_USE_ENV_PROXY).
    agent: new Agent(),
    headers: { ...HEADERS, ...(options.etag !== undefined && { 'if-none-match': options.etag }) },
    lookup: checkedLookup(isAllowed),
    signal: options.signal,
  });
  const connecting = AbortSignal.timeout(options.connectMilliseconds);
  const giveUp = () =>
    outgoing.destroy(new IssuerError(`${url.origin} cannot be connected to in ${options.connectMilliseconds} ms`));
  const goOn = () => connecting.removeEventListener('abort', giveUp);
  connecting.addEventListener('abort', giveUp);
  outgoing.once('socket', (socket) => {
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', goOn);
  });
  try {
    return await new Promise((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject).end();
    });
  } finally {
    goOn();
  }
}

/** One of the two is needed, and node:http is slow to load. */
async function clientOf({ protocol }: URL) {
  if (protocol === 'http:') {
    const { Agent, request } = await import('node:http');
    return { Agent, request };
  }
  const https = await import('node:https');
  // Whatever the environment says (NODE_TLS_REJECT_UNAUTHORIZED).
  const request = (url: URL, options: RequestOptions) => https.request(url, { ...options, rejectUnauthorized: true });
  return { Agent: https.Agent, request };
}

/** http: is for loopback and nothing else, whatever its name leads to. */
function addressRule({ protocol }: URL, { allowPrivateAddresses }: FetchOptions): (address: string) => boolean {
  return protocol === 'http:' ? isLoopbackAddress : (address) => isAllowedAddress(address, allowPrivateAddresses);
}

async function textOf(response: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new IssuerError(`${url} answered more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const body = await unpacked(Buffer.concat(chunks), response.headers['content-encoding'], MAX_BODY_BYTES);
  // Not toString: some servers write a byte order mark.
  return new TextDecoder().decode(body);
}

function jsonFrom(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IssuerError(`${url} answered what is not JSON`);
  }
}
