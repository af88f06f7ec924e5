import * as z from 'zod/mini';
import { isHttp, isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { fetchJson } from './fetch-json.ts';
import { type FetchTime, shareOf } from './fetch-time.ts';
import { IssuerError } from './issuer-error.ts';
import type { JwksLocation } from './jwks-location.ts';

/** What an issuer's discovery document says. Times are epoch seconds. */
export interface Discovery {
  readonly jwksUri: string;
  readonly fetchedAt: number;
  /** Until when it is used without a look at the issuer. */
  readonly freshUntil: number;
}

/** While there is one to fall back on, the keys themselves need the rest of the time. */
const SHARE_OF_TIME = 0.4;

const DiscoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.string() });

/**
 * Finds out where an issuer's keys are. A document that was known is good while a newer one cannot be had, for as long as
 * keys are.
 *
 * @param now epoch seconds
 * @throws Error where it cannot be had, is about another issuer, or sends us to a place that is not for it to name
 */
export async function discover(
  location: JwksLocation,
  known: Discovery | undefined,
  now: number,
  time: FetchTime,
): Promise<Discovery> {
  if (known && known.fetchedAt <= now && now < known.freshUntil) {
    return known;
  }
  const isUsable = known && now - known.fetchedAt < location.jwksMaxStaleSeconds;
  try {
    return await fetchDiscovery(location, now, isUsable ? shareOf(time, SHARE_OF_TIME) : time);
  } catch (error) {
    if (isUsable) {
      return known;
    }
    throw error;
  }
}

async function fetchDiscovery(
  { issuer, allowPrivateAddresses }: JwksLocation,
  now: number,
  { signal, connectMilliseconds }: FetchTime,
): Promise<Discovery> {
  const { json, freshSeconds } = await fetchJson(discoveryUrlOf(issuer), {
    signal,
    connectMilliseconds,
    allowPrivateAddresses,
  });
  return { jwksUri: jwksUriIn(json, issuer), fetchedAt: now, freshUntil: now + freshSeconds };
}

/** Where an issuer's discovery document is (OpenID Connect Discovery 1.0, section 4.1: less a slash at the issuer's end). */
export function discoveryUrlOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
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
    throw new IssuerError('issuer_mismatch', `the discovery document of ${issuer} is about another issuer`);
  }
  // http only from an issuer that is on loopback itself: inside Lambda, the runtime's own API listens there.
  if (!isSecureUrl(jwksUri) || (isHttp(jwksUri) && !isHttp(issuer))) {
    throw new IssuerError('jwks_uri_not_https', `the discovery document of ${issuer} has a jwks_uri that is not https`);
  }
  return jwksUri;
}
