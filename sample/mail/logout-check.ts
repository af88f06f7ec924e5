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
type IdTokenClaims = z.infer<typeof IdTokenClaims>;

/** What the session keeps of its login. The ID token beside it is no source: a refresh replaces it by one with a later `iat`. */
const SessionOfLogin = z.object({ login: IdTokenClaims });

/**
 * Keeps the login in its session.
 *
 * @param claims of the ID token of the login, never of a refreshed one
 * @throws LoggedOutError where the login was logged out while it was under way
 */
export async function withLogin<Session>(
  session: Session,
  claims: unknown,
  check: LogoutCheck,
  clientId: string,
): Promise<Session & { login: IdTokenClaims }> {
  const login = IdTokenClaims.parse(claims);
  if (await check.isLoggedOut(identityOf(login, clientId))) {
    throw new LoggedOutError();
  }
  return { ...session, login };
}

/** Name of the session's cookie, and of the member of each request in which `express-openid-connect` keeps the session. */
export const SESSION_NAME = 'mail';

/** On each request: takes the session from whoever was logged out, and where it does not tell its login. */
export function dropLoggedOut(check: LogoutCheck, clientId: string): RequestHandler {
  return async (request, _response, next) => {
    if (request.oidc.isAuthenticated()) {
      const { data } = SessionOfLogin.safeParse(Reflect.get(request, SESSION_NAME));
      if (!data || (await check.isLoggedOut(identityOf(data.login, clientId)))) {
        Reflect.set(request, SESSION_NAME, undefined);
      }
    }
    next();
  };
}

function identityOf({ iss: issuer, sub, sid, iat }: IdTokenClaims, clientId: string): LoginIdentity {
  return { issuer, clientId, sub, sid, idTokenIssuedAt: iat };
}
