import { decodeJwt } from 'jose';
import * as z from 'zod/mini';
import type { NewSession, RelyingPartyIdentity } from '../sessions/index.ts';

/** Whose session it is: what a logout can name, and when the login was. */
export type SessionIdentity = Pick<NewSession, 'issuer' | 'clientId' | 'sub' | 'sid' | 'idTokenIssuedAt'>;

/**
 * Finds in a session who is signed in.
 *
 * @param session as the middleware hands it to the store, in its JSON form
 * @returns undefined where nobody is signed in: no logout ends such a session
 * @throws anything where somebody is and the identity cannot be told; such a session is not stored
 */
export type IdentityOf = (session: Readonly<Record<string, unknown>>) => SessionIdentity | undefined;

const Claims = z.object({
  sub: z.string(),
  sid: z.optional(z.string()),
  iat: z.number(),
});

const OpenidConnectSession = z.object({ data: z.object({ id_token: z.optional(z.string()) }) });

/**
 * Reads the sessions of `express-openid-connect`: from the ID token that it keeps in `id_token`.
 *
 * @param relyingParty under which the receiver ends sessions; `issuer` as in its file, where the OP has aliases
 */
export function expressOpenidConnect(relyingParty: RelyingPartyIdentity): IdentityOf {
  return (session) => {
    const { id_token: idToken } = OpenidConnectSession.parse(session).data;
    return idToken === undefined ? undefined : identityIn(idToken, relyingParty);
  };
}

const PassportSession = z.object({
  passport: z.optional(
    z.object({ user: z.optional(z.object({ idToken: z.string('passport.user must keep the ID token in idToken') })) }),
  ),
});

/**
 * Reads the sessions of `passport` with `passport-openidconnect`, which keep what the application's `serializeUser`
 * makes: an object with the ID token in `idToken`, as the `verify` function was given it.
 *
 * @param relyingParty under which the receiver ends sessions; `issuer` as in its file, where the OP has aliases
 */
export function passportOpenidconnect(relyingParty: RelyingPartyIdentity): IdentityOf {
  return (session) => {
    const user = PassportSession.parse(session).passport?.user;
    return user && identityIn(user.idToken, relyingParty);
  };
}

/** The token is not verified again: the library did so before it made the session. */
function identityIn(idToken: string, { issuer, clientId }: RelyingPartyIdentity): SessionIdentity {
  const { sub, sid, iat } = Claims.parse(decodeJwt(idToken));
  return { issuer, clientId, sub, sid, idTokenIssuedAt: iat };
}

/** Whether an ID token found later in a session is of the login that made it: a refreshed one may have no `sid`. */
export function isSameLogin(session: SessionIdentity, later: SessionIdentity): boolean {
  return (
    session.issuer === later.issuer &&
    session.clientId === later.clientId &&
    session.sub === later.sub &&
    (later.sid === undefined || session.sid === later.sid)
  );
}
