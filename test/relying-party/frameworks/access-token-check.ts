import { type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import type { LogoutCheck } from '../../../relying-party/sessions/index.ts';

const AccessToken = z.object({
  sub: z.string(),
  client_id: z.string(),
  sid: z.optional(z.string()),
  auth_time: z.number(),
});

/**
 * Makes the check of access tokens (RFC 9068) that an API makes for each request.
 *
 * @param keys of the OP: `createRemoteJWKSet(new URL(jwksUri))` of jose
 * @returns the user's `sub`; undefined where the login was logged out
 * @throws where the token does not verify, or lacks a claim
 */
export function accessTokenCheck(issuer: string, audience: string, keys: JWTVerifyGetKey, check: LogoutCheck) {
  return async (accessToken: string): Promise<string | undefined> => {
    const { payload } = await jwtVerify(accessToken, keys, { issuer, audience, typ: 'at+jwt' });
    const { sub, client_id: clientId, sid, auth_time: authenticatedAt } = AccessToken.parse(payload);
    const isLoggedOut = await check.isLoggedOut({ issuer, clientId, sub, sid, idTokenIssuedAt: authenticatedAt });
    return isLoggedOut ? undefined : sub;
  };
}
