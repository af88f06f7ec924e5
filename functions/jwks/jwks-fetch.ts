import * as z from 'zod/mini';
import { isSecureUrl } from '../relying-parties/secure-url.ts';
import { type Jwks, jwksFrom } from './jwks.ts';
import { JwksError } from './jwks-error.ts';

/** Where an issuer's keys are: at `jwksUri`, or where the issuer's discovery document says. Both come from configuration. */
export interface JwksLocation {
  readonly issuer: string;
  readonly jwksUri?: string | undefined;
}

/** For discovery document and JWKS together: some OPs wait 2.5 s for the answer to their logout request. */
const TIMEOUT_MILLISECONDS = 2000;
const MAX_BODY_BYTES = 256 * 1024;

const DiscoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.string() });

/**
 * Fetches an issuer's keys.
 *
 * @throws JwksError `jwks_unavailable` whatever goes wrong: network, time, size, status, redirect, content, no usable key
 */
export async function fetchJwks({ issuer, jwksUri }: JwksLocation): Promise<Jwks> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const url = jwksUri ?? (await discoveredJwksUri(issuer, signal));
    const jwks = jwksFrom(await fetchJson(url, signal));
    // An issuer that publishes nothing is out of order: no reason to forget the keys it had.
    if (jwks.keys.length === 0) {
      throw new Error(`${url} has no usable key`);
    }
    return jwks;
  } catch (cause) {
    throw new JwksError('jwks_unavailable', `the keys of ${issuer} cannot be fetched`, { cause });
  }
}

async function discoveredJwksUri(issuer: string, signal: AbortSignal): Promise<string> {
  // OpenID Connect Discovery 1.0, section 4.1: a terminating slash goes before the well-known path is appended.
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  return jwksUriIn(await fetchJson(url, signal), issuer);
}

/**
 * Reads a discovery document (OpenID Connect Discovery 1.0, section 3).
 *
 * @throws Error where it is none, is about another issuer, or sends us to a place that is not for it to name
 */
export function jwksUriIn(document: unknown, issuer: string): string {
  const { issuer: documentIssuer, jwks_uri: jwksUri } = DiscoveryDocument.parse(document);
  // Section 4.3: exactly the issuer that was asked for, or the document may speak of somebody else's keys.
  if (documentIssuer !== issuer) {
    throw new Error(`the discovery document of ${issuer} is about another issuer`);
  }
  // http only from an issuer that is on loopback itself: inside Lambda, the runtime's own API listens there.
  if (!isSecureUrl(jwksUri) || (isHttp(jwksUri) && !isHttp(issuer))) {
    throw new Error(`the discovery document of ${issuer} has a jwks_uri that is not https`);
  }
  return jwksUri;
}

function isHttp(url: string): boolean {
  return new URL(url).protocol === 'http:';
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new Error(`${url} answered more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const json: unknown = JSON.parse(new TextDecoder().decode(Buffer.concat(chunks)));
  return json;
}
