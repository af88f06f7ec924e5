import * as z from 'zod/mini';
import { epochMilliseconds } from '../sessions/clock.ts';
import type { IdentityOf } from './session-identity.ts';
import type { StoredSession } from './stored-session.ts';

const ExpressSession = z.object({ cookie: z.record(z.string(), z.unknown()) });
const OpenidConnectSession = z.object({
  header: z.object({ iat: z.number(), uat: z.number(), exp: z.number() }),
  data: z.record(z.string(), z.unknown()),
});

/**
 * The data of a session in the form that the middleware reads. What it has saved is in that form; what
 * `SessionStore.create` has made need not be.
 *
 * @param now epoch seconds
 */
export function formOf(
  { data, expiresAt }: StoredSession,
  middleware: IdentityOf['middleware'],
  now: number,
): Record<string, unknown> {
  if (middleware === 'express-openid-connect') {
    return OpenidConnectSession.safeParse(data).success
      ? data
      : { header: { iat: now, uat: now, exp: expiresAt }, data, cookie: { expires: expiresAt * 1000 } };
  }
  if (ExpressSession.safeParse(data).success) {
    return data;
  }
  const expires = new Date(expiresAt * 1000);
  return {
    ...data,
    cookie: { originalMaxAge: expires.getTime() - epochMilliseconds(), expires: expires.toISOString() },
  };
}
