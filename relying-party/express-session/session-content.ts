import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

/** What a middleware hands over to be stored, in its JSON form. */
export interface SessionContent {
  readonly data: Record<string, unknown>;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Hash of what the application keeps: without the times that every request moves. */
  readonly kept: string;
}

const Members = z.record(z.string(), z.unknown());

/** No browser keeps a cookie longer (RFC 6265bis, section 5.5); people write the year 9999 for "never". */
const MAX_COOKIE_SECONDS = 400 * 86_400;

/**
 * Reads a session as `express-session` or `express-openid-connect` hands it over.
 *
 * @param now epoch seconds
 * @param lifetimeSeconds of a session whose cookie has no end
 * @throws TypeError where it is no object that JSON can hold, or its cookie's end no time
 */
export function contentOf(session: object, now: number, lifetimeSeconds: number): SessionContent {
  const data = jsonFormOf(session);
  const cookie = z.safeParse(Members, data.cookie).data;
  const end = endOf(cookie?.expires, now) ?? now + lifetimeSeconds;
  return { data, expiresAt: Math.min(end, now + MAX_COOKIE_SECONDS), kept: keptHash(data) };
}

function jsonFormOf(session: object): Record<string, unknown> {
  const text = JSON.stringify(session);
  const data = z.safeParse(Members, text === undefined ? undefined : JSON.parse(text)).data;
  if (!data) {
    throw new TypeError('a session must be an object that JSON can hold');
  }
  return data;
}

/** 1e11 milliseconds after 1970 is in 1973: what is less is no time of a session. */
const EARLIEST_LIKELY_MILLISECONDS = 1e11;

/**
 * @param expires a date as text or in milliseconds; of a number of milliseconds that is no date, `express-session` makes
 * a `maxAge`, and not before the first save
 * @returns epoch seconds; undefined where the cookie has no end, which is also how JSON writes an invalid date
 */
function endOf(expires: unknown, now: number): number | undefined {
  if (expires === undefined || expires === null || expires === false) {
    return undefined;
  }
  if (typeof expires === 'number') {
    const isDate = Math.abs(expires) >= EARLIEST_LIKELY_MILLISECONDS;
    return Math.floor(expires / 1000) + (isDate ? 0 : now);
  }
  const time = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new TypeError('cookie.expires must be a time, or nothing where the cookie has no end');
  }
  return Math.floor(time / 1000);
}

/** `express-openid-connect` has the times of the session beside its data, not in the cookie alone. */
const OpenidConnectTimes = z.object({
  header: z.looseObject({ iat: z.number(), uat: z.number(), exp: z.number() }),
  data: Members,
});

export function keptHash(data: Record<string, unknown>): string {
  const cookie = z.safeParse(Members, data.cookie).data ?? {};
  const { expires: _expires, maxAge: _maxAge, originalExpires: _originalExpires, ...settings } = cookie;
  const times = OpenidConnectTimes.safeParse(data);
  const { uat: _uat, exp: _exp, ...header } = times.data?.header ?? {};
  const kept = JSON.stringify({ ...data, cookie: settings, ...(times.success && { header }) });
  return createHash('sha256').update(kept).digest('base64url');
}
