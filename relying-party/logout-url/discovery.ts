import * as z from 'zod/mini';
import { isHttp, isSecureUrl } from '../sessions/secure-url.ts';
import { EndSessionEndpointError } from './logout-url-errors.ts';

/** What an issuer's discovery document says of its logout. */
export interface Discovered {
  /** Undefined where the issuer has none. */
  readonly endSessionEndpoint: string | undefined;
  /** How long it may be used without a look at the issuer, in seconds. */
  readonly freshSeconds: number;
}

/** For all of it: a user waits. */
const TIMEOUT_MILLISECONDS = 5000;
const MAX_BODY_BYTES = 256 * 1024;
/** Least and most, whatever the issuer says: it hardly ever moves the endpoint, and users sign out all the time. */
const LEAST_FRESH_SECONDS = 600;
const MOST_FRESH_SECONDS = 86_400;

const DiscoveryDocument = z.object({ issuer: z.string(), end_session_endpoint: z.nullish(z.string()) });

/**
 * Fetches the discovery document of an issuer (OpenID Connect Discovery 1.0, section 4).
 *
 * @throws EndSessionEndpointError `discovery_unavailable` or `discovery_invalid`
 */
export async function discover(issuer: string): Promise<Discovered> {
  // Section 4.1: a terminating slash goes before the well-known path is appended.
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { text, cacheControl } = await fetchText(url);
  return { endSessionEndpoint: endSessionEndpointIn(text, issuer), freshSeconds: freshSecondsOf(cacheControl) };
}

async function fetchText(url: string): Promise<{ readonly text: string; readonly cacheControl: string }> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'logout-receiver' },
      // The document speaks for the issuer whose address it has. Followed, a redirect could lead out of https.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`${url} answered ${response.status}`);
    }
    return { text: await textOf(response, url), cacheControl: response.headers.get('cache-control') ?? '' };
  } catch (cause) {
    throw new EndSessionEndpointError('discovery_unavailable', `${url} cannot be fetched`, { cause });
  }
}

async function textOf({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what is left of the body.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new Error(`${url} answered more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * Reads a discovery document (OpenID Connect Discovery 1.0, section 3).
 *
 * @returns undefined where the issuer has no end-session endpoint
 * @throws EndSessionEndpointError `discovery_invalid`
 */
export function endSessionEndpointIn(text: string, issuer: string): string | undefined {
  const invalid = (problem: string) =>
    new EndSessionEndpointError('discovery_invalid', `the discovery document of ${issuer} ${problem}`);
  const { data: document } = DiscoveryDocument.safeParse(jsonFrom(text));
  if (!document) {
    throw invalid('is none');
  }
  // Section 4.3: exactly the issuer that was asked for, or the document may send users to somebody else.
  if (document.issuer !== issuer) {
    throw invalid('is about another issuer');
  }
  const endpoint = document.end_session_endpoint ?? undefined;
  // RP-Initiated Logout 1.0, section 2.1: it must be https. The ID token goes there.
  if (endpoint !== undefined && (!isSecureUrl(endpoint) || (isHttp(endpoint) && !isHttp(issuer)))) {
    throw invalid('has an end_session_endpoint that is not https');
  }
  return endpoint;
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9111, section 5.2.2, within our bounds. */
function freshSecondsOf(cacheControl: string): number {
  const directives = cacheControl.toLowerCase().split(',');
  const maxAge = directives.map((directive) => /^\s*max-age\s*=\s*"?(\d+)"?\s*$/.exec(directive)?.[1]).find(Boolean);
  const isUncacheable = directives.some((directive) => /^\s*no-(store|cache)\b/.test(directive));
  const seconds = isUncacheable ? 0 : Number(maxAge ?? 0);
  return Math.min(Math.max(seconds, LEAST_FRESH_SECONDS), MOST_FRESH_SECONDS);
}
