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
 * @throws JwksError `jwks_unavailable` whatever goes wrong: network, time, size, status, redirect, content
 */
export async function fetchJwks({ issuer, jwksUri }: JwksLocation): Promise<Jwks> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    return jwksFrom(await fetchJson(jwksUri ?? (await discoveredJwksUri(issuer, signal)), signal));
  } catch (cause) {
    throw new JwksError('jwks_unavailable', `the keys of ${issuer} cannot be fetched`, { cause });
  }
}

async function discoveredJwksUri(issuer: string, signal: AbortSignal): Promise<string> {
  // OpenID Connect Discovery 1.0, section 4.1: a terminating slash goes before the well-known path is appended.
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = DiscoveryDocument.parse(await fetchJson(url, signal));
  // Section 4.3: exactly the issuer that was asked for, or the document may speak of somebody else's keys.
  if (document.issuer !== issuer) {
    throw new Error(`${url} is about another issuer`);
  }
  if (!isSecureUrl(document.jwks_uri)) {
    throw new Error(`${url} has a jwks_uri that is not https`);
  }
  return document.jwks_uri;
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
  const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return json;
}
