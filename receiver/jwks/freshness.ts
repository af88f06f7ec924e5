import type { IncomingHttpHeaders } from 'node:http';

/** Least and most: below, the scheduled refresh would come too late; above, a key that is withdrawn would live too long. */
const LEAST_SECONDS = 600;
const MOST_SECONDS = 3600;
/** No cache that works keeps an answer for longer without a look at the issuer; what claims to be older is garbage. */
const MOST_AGE_SECONDS = 86_400;

/**
 * How long a response may be used (RFC 9111, section 4.2.1), within our bounds.
 *
 * A JWKS is fetched over and over by its nature, so `no-store` and `no-cache` stand for the least.
 */
export function freshSecondsOf(headers: IncomingHttpHeaders): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',');
  const maxAge = directives.map((directive) => /^\s*max-age\s*=\s*"?(\d+)"?\s*$/.exec(directive)?.[1]).find(Boolean);
  const isUncacheable = directives.some((directive) => /^\s*no-(store|cache)\b/.test(directive));
  const seconds = isUncacheable ? 0 : Number(maxAge ?? 0) - ageSecondsOf(headers);
  return Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS);
}

/**
 * How long ago a response was the issuer's word, at the most: it may have lain in a cache since (RFC 9111, section 5.1).
 *
 * `Age` is in whole seconds, rounded down; a list counts by its first member, and what is no number not at all.
 */
export function ageSecondsOf({ age = '' }: IncomingHttpHeaders): number {
  const seconds = Number(/^\s*(\d+)\s*(,|$)/.exec(age)?.[1] ?? 0);
  return seconds === 0 ? 0 : Math.min(seconds + 1, MOST_AGE_SECONDS);
}
