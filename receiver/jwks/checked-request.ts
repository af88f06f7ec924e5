import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import { isAllowedAddress, isLoopbackAddress } from './address-rules.ts';
import { checkedLookup } from './checked-lookup.ts';
import { unpacked } from './content-encoding.ts';
import { IssuerError } from './issuer-error.ts';

/** How a server may be reached. */
export interface ReachOptions {
  /** Aborts when the time for it is spent. */
  readonly signal: AbortSignal;
  /** For the name, the connection and TLS. */
  readonly connectMilliseconds: number;
  readonly allowPrivateAddresses: boolean;
}

interface CheckedRequest extends ReachOptions {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

/** As it comes, and unpacked. */
const MAX_BODY_BYTES = 256 * 1024;

const HEADERS: OutgoingHttpHeaders = {
  'accept-encoding': 'identity',
  // Some firewalls refuse clients that do not say who they are.
  'user-agent': 'logout-receiver',
};

/**
 * Sends a request to a server whose address is checked. Redirects are answers like others, and are not followed.
 *
 * By Node's own client: the global `fetch` takes 60 ms to load, and lets nobody check the address that it connects to.
 *
 * @param url `https:`, or `http:` on loopback
 * @returns the answer, whatever its status; whoever gets it destroys it
 * @throws Error where there is none: address, network, TLS, time
 */
export async function checkedResponse(
  url: URL,
  { method = 'GET', headers, body, ...reach }: CheckedRequest,
): Promise<IncomingMessage> {
  const isAllowed = addressRule(url, reach);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A socket looks up names only.
  if (isIP(host) !== 0 && !isAllowed(host)) {
    throw new IssuerError('address_not_allowed', `${url.origin} is an address that is not allowed`);
  }
  const { Agent, request } = await clientOf(url);
  const outgoing = request(url, {
    method,
    // One of our own: the global one may have been told to go through a proxy (NODE_USE_ENV_PROXY).
    agent: new Agent(),
    headers: { ...HEADERS, ...headers },
    lookup: checkedLookup(isAllowed),
    signal: reach.signal,
  });
  const connecting = AbortSignal.timeout(reach.connectMilliseconds);
  const giveUp = () =>
    outgoing.destroy(
      new IssuerError('not_connected', `${url.origin} cannot be connected to in ${reach.connectMilliseconds} ms`),
    );
  const goOn = () => connecting.removeEventListener('abort', giveUp);
  connecting.addEventListener('abort', giveUp);
  outgoing.once('socket', (socket) => {
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', goOn);
  });
  return await new Promise((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end(body);
  });
}

/**
 * Reads the body of an answer.
 *
 * @param url what error messages call it
 * @throws Error where it breaks off, cannot be unpacked, or is too large
 */
export async function bodyTextOf(response: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new IssuerError('answer_too_large', `${url} answered more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const body = await unpacked(Buffer.concat(chunks), response.headers['content-encoding'], MAX_BODY_BYTES);
  // Not toString: some servers write a byte order mark.
  return new TextDecoder().decode(body);
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
function addressRule({ protocol }: URL, { allowPrivateAddresses }: ReachOptions): (address: string) => boolean {
  return protocol === 'http:' ? isLoopbackAddress : (address) => isAllowedAddress(address, allowPrivateAddresses);
}
