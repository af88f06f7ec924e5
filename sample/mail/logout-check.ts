import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RequestHandler } from 'express';
import { LoggedOutError, type LoginIdentity, LogoutCheck, SessionStore } from 'logout-receiver/sessions';
import * as z from 'zod/mini';

export interface SessionsTable {
  readonly client: DynamoDBDocumentClient;
  /** The stack's output `SessionsTableName`. */
  readonly tableName: string;
}

/** Asks whether logins were logged out, for sessions that are in a cookie, where nothing can be deleted. */
export function logoutCheck({ client, tableName }: SessionsTable, issuer: string, clientId: string): LogoutCheck {
  const store = new SessionStore({ client, tableName, relyingParty: { issuer, clientId } });
  return new LogoutCheck({ store, maxAgeSeconds: 1 });
}

const IdTokenClaims = z.object({ iss: z.string(), sub: z.string(), sid: z.optional(z.string()), iat: z.number() });

/** @param claims of the ID token of the login, never of a refreshed one */
export function loginOf(claims: unknown, clientId: string): LoginIdentity {
  const { iss: issuer, sub, sid, iat } = IdTokenClaims.parse(claims);
  return { issuer, clientId, sub, sid, idTokenIssuedAt: iat };
}

/** @throws LoggedOutError where the login was logged out while it was under way */
export async function refuseLoggedOut(check: LogoutCheck, login: LoginIdentity): Promise<void> {
  if (await check.isLoggedOut(login)) {
    throw new LoggedOutError();
  }
}

/** On each request: takes the session from whoever was logged out. */
export function dropLoggedOut(check: LogoutCheck, clientId: string): RequestHandler {
  return async (request, _response, next) => {
    const { idTokenClaims } = request.oidc;
    if (idTokenClaims && (await check.isLoggedOut(loginOf(idTokenClaims, clientId)))) {
      // Of `express-openid-connect`, by the name of the cookie.
      Reflect.set(request, 'mail', undefined);
    }
    next();
  };
}
