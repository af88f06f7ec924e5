import * as z from 'zod/mini';

/** What a middleware hands over to be stored, in its JSON form. */
export interface SessionContent {
  readonly data: Record<string, unknown>;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** What the application keeps, as text: without the times that every request moves. */
  readonly kept: string;
}

const Content = z.record(z.string(), z.unknown());
const Timed = z.object({
  cookie: z.optional(
    z.object({ expires: z.optional(z.union([z.null(), z.literal(false), z.number(), z.iso.datetime()])) }),
  ),
});

/**
 * Reads a session as `express-session` or `express-openid-connect` hands it over.
 *
 * @param now epoch seconds
 * @param lifetimeSeconds of a session whose cookie has no end
 * @throws z.core.$ZodError where it is no object, or its cookie's end no time
 */
export function contentOf(session: object, now: number, lifetimeSeconds: number): SessionContent {
  const data = Content.parse(JSON.parse(JSON.stringify(session)));
  const expires = Timed.parse(data).cookie?.expires;
  const end = typeof expires === 'string' ? Date.parse(expires) : expires;
  return {
    data,
    expiresAt: typeof end === 'number' ? Math.floor(end / 1000) : now + lifetimeSeconds,
    kept: keptText(data),
  };
}

const Cookie = z.looseObject({ expires: z.optional(z.unknown()), maxAge: z.optional(z.unknown()) });
/** `express-openid-connect` has the times of the session beside its data, not in the cookie alone. */
const OpenidConnectTimes = z.object({
  header: z.looseObject({ iat: z.number(), uat: z.number(), exp: z.number() }),
  data: Content,
});

export function keptText(data: Record<string, unknown>): string {
  const { expires: _expires, maxAge: _maxAge, ...cookie } = Cookie.safeParse(data.cookie).data ?? {};
  const times = OpenidConnectTimes.safeParse(data);
  if (!times.success) {
    return JSON.stringify({ ...data, cookie });
  }
  const { uat: _uat, exp: _exp, ...header } = times.data.header;
  return JSON.stringify({ ...data, cookie, header });
}
