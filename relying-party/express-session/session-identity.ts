import { decodeJwt } from 'jose';
import * as z from 'zod/mini';
import type { NewSession, RelyingPartyIdentity } from '../sessions/index.ts';
import { requireRelyingParty } from '../sessions/input-checks.ts';

/** Whose session it is: what a logout can name, and when the login was. */
export interface SessionIdentity extends Pick<NewSession, 'issuer' | 'clientId' | 'sub' | 'sid' | 'idTokenIssuedAt'> {
  /** `auth_time` of the ID token, in epoch seconds: tells a new login from a refresh where there is no `sid`. */
  readonly authenticatedAt?: number | undefined;
}

/** Finds in a session who is signed in. */
export interface IdentityOf {
  /**
   * @param session as the middleware hands it to the store, in its JSON form
   * @returns undefined where nobody is signed in: no logout ends such a session
   * @throws anything where somebody is and the identity cannot be told; such a session is not stored
   */
  (session: Readonly<Record<string, unknown>>): SessionIdentity | undefined;
  /**
   * Set it where the middleware is `express-openid-connect`, which reads sessions of a form of its own and takes a
   * session that cannot be read for one that is over.
   */
  readonly middleware?: 'express-openid-connect';
}

/**
 * Reads the sessions of `express-openid-connect`: from the ID token that it keeps in `id_token`.
 *
 * @param relyingParty under which the receiver ends sessions; `issuer` as in its file, where the OP has aliases
 * @throws TypeError where its issuer or client id is missing
 */
export function expressOpenidConnect(relyingParty: RelyingPartyIdentity): IdentityOf {
  requireRelyingParty(relyingParty);
  const identityOf = (session: Readonly<Record<string, unknown>>) => {
    const { id_token: idToken, sid } = requireObject(session.data, 'data');
    // The library keeps the first sid apart: a refreshed ID token may have none.
    return idToken ? identityIn(idToken, relyingParty, sid) : undefined;
  };
  return Object.assign(identityOf, { middleware: 'express-openid-connect' as const });
}

/**
 * Reads the sessions of `passport` with `passport-openidconnect`, which keep what the application's `serializeUser`
 * makes: an object with the ID token in `idToken`, as the `verify` function was given it.
 *
 * @param relyingParty under which the receiver ends sessions; `issuer` as in its file, where the OP has aliases
 * @throws TypeError where its issuer or client id is missing
 */
export function passportOpenidconnect(relyingParty: RelyingPartyIdentity): IdentityOf {
  requireRelyingParty(relyingParty);
  return ({ passport }) => {
    const { user } = passport ? requireObject(passport, 'passport') : {};
    // What passport itself takes for nobody.
    if (!user && user !== 0) {
      return undefined;
    }
    const { idToken } = z.safeParse(Members, user).data ?? {};
    if (!idToken) {
      throw new TypeError('passport.user must keep the ID token in idToken');
    }
    return identityIn(idToken, relyingParty);
  };
}

const Members = z.record(z.string(), z.unknown());

function requireObject(value: unknown, name: string): Record<string, unknown> {
  const object = z.safeParse(Members, value).data;
  if (!object) {
    throw new TypeError(`the session's ${name} must be an object`);
  }
  return object;
}

/** A number for text, which some OPs write; the logout token that names it as text must find the session. */
const Text = z.union([z.string().check(z.minLength(1)), z.pipe(z.int(), z.transform(String))]);
/** Epoch seconds; text for the number, which some OPs write. */
const Time = z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d{1,12}(\.\d+)?$/)), z.transform(Number))]);
const Sub = z.object({ sub: Text });
const Iat = z.object({ iat: Time });

/**
 * The token is not verified again: the library did so before it made the session.
 *
 * @param keptSid which the library keeps beside the token
 * @throws TypeError which names what is wrong, and no value
 */
function identityIn(idToken: unknown, { issuer, clientId }: RelyingPartyIdentity, keptSid?: unknown): SessionIdentity {
  const claims = claimsOf(idToken);
  const { data: { sub } = {} } = z.safeParse(Sub, claims);
  const { data: { iat } = {} } = z.safeParse(Iat, claims);
  if (sub === undefined || iat === undefined) {
    throw new TypeError(
      `the ID token in the session must have ${sub === undefined ? 'a sub' : 'an iat that is a time'}`,
    );
  }
  const sid = sidIn(claims.sid) ?? sidIn(keptSid);
  return {
    issuer,
    clientId,
    sub,
    sid,
    idTokenIssuedAt: iat,
    authenticatedAt: z.safeParse(Time, claims.auth_time).data,
  };
}

function claimsOf(idToken: unknown): Record<string, unknown> {
  try {
    return decodeJwt(z.parse(z.string(), idToken));
  } catch {
    // Their own errors may quote the token.
    throw new TypeError('the ID token in the session must be a signed JWT');
  }
}

/** @returns undefined where it is null or empty: an OP that has none may write it so */
function sidIn(sid: unknown): string | undefined {
  if (sid === undefined || sid === null || sid === '') {
    return undefined;
  }
  const text = z.safeParse(Text, sid);
  if (!text.success) {
    throw new TypeError('the sid of the session must be a string');
  }
  return text.data;
}
