import { type Discovery, discover } from './discovery.ts';
import { fetchJson } from './fetch-json.ts';
import { type Jwks, jwksFrom } from './jwks.ts';
import type { JwksLocation } from './jwks-location.ts';

/** An issuer's keys, as they were fetched from it. Times are epoch seconds. */
export interface FetchedJwks {
  readonly jwks: Jwks;
  /** Where they are from. */
  readonly source: string;
  /** Of the answer, for asking whether it has changed. */
  readonly etag?: string | undefined;
  /** When they were asked for, not when they came: what is published after that may not be among them. */
  readonly fetchedAt: number;
  /** Until when they are used without a look at the issuer. */
  readonly freshUntil: number;
  readonly discovery?: Discovery | undefined;
}

/** For discovery document and JWKS together. */
const TIMEOUT_MILLISECONDS = 3000;
/** A longer one is no validator that is worth keeping. */
const MAX_ETAG_CHARACTERS = 512;
/** By so much of their time keys are asked for earlier, at random, so that many issuers are not asked at once. */
const JITTER = 0.1;

/**
 * Fetches an issuer's keys.
 *
 * @param known what was fetched before, if anything: the issuer may say that it has not changed
 * @param now epoch seconds
 * @throws Error whatever goes wrong: address, network, time, size, status, redirect, content, no usable key
 */
export async function fetchJwks(
  location: JwksLocation,
  known: FetchedJwks | undefined,
  now: number,
): Promise<{ readonly fetched: FetchedJwks; readonly isModified: boolean; readonly skippedKeys: number }> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const { source, discovery } = await sourceOf(location, known?.discovery, now, signal);
  const before = known?.source === source ? known : undefined;
  const { json, isModified, etag, freshSeconds } = await fetchJson(source, {
    signal,
    allowPrivateAddresses: location.allowPrivateAddresses,
    etag: before?.etag,
  });
  const { jwks, skippedKeys } = before && !isModified ? { jwks: before.jwks, skippedKeys: 0 } : jwksFrom(json);
  // An issuer that publishes nothing is out of order: no reason to forget the keys it had.
  if (jwks.keys.length === 0) {
    throw new Error(`${source} has no usable key`);
  }
  const freshUntil = now + Math.floor(freshSeconds * (1 - JITTER * Math.random()));
  const fetched = { jwks, source, etag: usableEtag(etag), fetchedAt: now, freshUntil, discovery };
  return { fetched, isModified, skippedKeys };
}

async function sourceOf(
  location: JwksLocation,
  known: Discovery | undefined,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly source: string; readonly discovery?: Discovery }> {
  if (location.jwksUri !== undefined) {
    return { source: location.jwksUri };
  }
  const discovery = await discover(location, known, now, signal);
  return { source: discovery.jwksUri, discovery };
}

function usableEtag(etag: string | undefined): string | undefined {
  return etag !== undefined && etag.length <= MAX_ETAG_CHARACTERS ? etag : undefined;
}
