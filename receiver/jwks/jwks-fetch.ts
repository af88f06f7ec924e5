import { type Discovery, discover } from './discovery.ts';
import { fetchJson } from './fetch-json.ts';
import type { Claimant } from './fetch-slot.ts';
import { type FetchTime, fetchTimeOf } from './fetch-time.ts';
import { IssuerError } from './issuer-error.ts';
import { type Jwks, jwksFrom } from './jwks.ts';
import type { JwksLocation } from './jwks-location.ts';

/** An issuer's keys, as they were fetched from it. Times are epoch seconds. */
export interface FetchedJwks {
  readonly jwks: Jwks;
  /** Where they are from. */
  readonly source: string;
  /** Of the answer, for asking whether it has changed. */
  readonly etag?: string | undefined;
  /** When they were asked for, not when they came. */
  readonly fetchedAt: number;
  /** When they were the issuer's own word, at the least: what it publishes after that may not be among them. */
  readonly asOf: number;
  /** Until when they are used without a look at the issuer. */
  readonly freshUntil: number;
  readonly discovery?: Discovery | undefined;
}

/** A longer one is no validator that is worth keeping. */
const MAX_ETAG_CHARACTERS = 512;
/** By so much of their time keys are asked for earlier, at random, so that many issuers are not asked at once. */
const JITTER = 0.1;

interface JwksFetch {
  readonly fetched: FetchedJwks;
  readonly isModified: boolean;
  readonly skippedKeys: number;
}

/**
 * Fetches an issuer's keys.
 *
 * @param known what was fetched before, if anything
 * @param isInDoubt whether what is known does not fit a token: then the issuer must send all of it, and is not taken at its
 *   word that it has not changed, which is no better than how it makes its ETags
 * @param now epoch seconds
 * @throws Error whatever goes wrong: address, network, time, size, status, redirect, content, no usable key
 */
export async function fetchJwks(
  location: JwksLocation,
  known: FetchedJwks | undefined,
  { claimant, isInDoubt, now }: { readonly claimant: Claimant; readonly isInDoubt: boolean; readonly now: number },
): Promise<JwksFetch> {
  const time = fetchTimeOf(claimant);
  const { source, discovery } = await sourceOf(location, known?.discovery, now, time);
  const before = known?.source === source ? known : undefined;
  const { json, isModified, etag, freshSeconds, ageSeconds } = await fetchJson(source, {
    ...time,
    allowPrivateAddresses: location.allowPrivateAddresses,
    etag: isInDoubt ? undefined : before?.etag,
  });
  const { jwks, skippedKeys } = before && !isModified ? { jwks: before.jwks, skippedKeys: 0 } : jwksFrom(json);
  // An issuer that publishes nothing is out of order: no reason to forget the keys it had.
  if (jwks.keys.length === 0) {
    throw new IssuerError('no_usable_key', `${source} has no usable key`);
  }
  const freshUntil = now + Math.floor(freshSeconds * (1 - JITTER * Math.random()));
  const asOf = now - ageSeconds;
  const fetched = { jwks, source, etag: usableEtag(etag), fetchedAt: now, asOf, freshUntil, discovery };
  // Caches of one issuer differ. What one of them kept from before does not take the place of what is newer.
  return before && asOf < before.asOf
    ? { fetched: { ...before, fetchedAt: now, freshUntil, discovery }, isModified: false, skippedKeys }
    : { fetched, isModified, skippedKeys };
}

async function sourceOf(
  location: JwksLocation,
  known: Discovery | undefined,
  now: number,
  time: FetchTime,
): Promise<{ readonly source: string; readonly discovery?: Discovery }> {
  if (location.jwksUri !== undefined) {
    return { source: location.jwksUri };
  }
  const discovery = await discover(location, known, now, time);
  return { source: discovery.jwksUri, discovery };
}

function usableEtag(etag: string | undefined): string | undefined {
  return etag !== undefined && etag.length <= MAX_ETAG_CHARACTERS ? etag : undefined;
}
