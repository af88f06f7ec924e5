import type { IncomingHttpHeaders } from 'node:http';

/** Least and most: below, the scheduled refresh would come too late; above, a key that is withdrawn would live too long. */
const LEAST_SECONDS = 600;
const MOST_SECONDS = 3600;

/**
 * How long a response may be used (RFC 9111, section 4.2.1), within our bounds.
 *
 * A JWKS is fetched over and over by its nature, so `no-store` and `no-cache` stand for the least.
 */
export function freshSecondsOf(headers: IncomingHttpHeaders): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',');
  const maxAge = directives.map((directive) => /^\s*max-age\s*=\s*"?(\d+)"?\s*$/.exec(directive)?.[1]).find(Boolean);
  const isUncacheable = directives.some((directive) => /^\s*no-(store|cache)\b/.test(directive));
  // It may have lain in a cache of the OP already.
  const age = Number(/^\d+$/.exec(headers.age ?? '')?.[0] ?? 0);
  const seconds = isUncacheable ? 0 : Number(maxAge ?? 0) - age;
  return Math.min(Math.max(seconds, LEAST_SECONDS), MOST_SECONDS);
}
