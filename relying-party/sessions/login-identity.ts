import { requireText } from './input-checks.ts';
import type { LogoutScope, RelyingPartyIdentity } from './item-keys.ts';

/** What tells whether a login was logged out: the claims of its ID token. */
export interface LoginIdentity extends RelyingPartyIdentity {
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  /** `iat` of the ID token of the login, in epoch seconds. */
  readonly idTokenIssuedAt: number;
}

/**
 * The scopes of the logouts that end a login.
 *
 * @throws TypeError where neither `sub` nor `sid` is given, or a part is no text
 */
export function logoutScopesOf({ issuer, clientId, sub, sid }: LoginIdentity): LogoutScope[] {
  const scopes: LogoutScope[] = [];
  if (sub !== undefined) {
    scopes.push({ issuer, clientId, sub });
  }
  if (sid !== undefined) {
    scopes.push({ issuer, clientId, sid });
  }
  if (scopes.length === 0) {
    throw new TypeError('sub or sid must be given');
  }
  for (const scope of scopes) {
    requireText({ ...scope });
  }
  return scopes;
}
