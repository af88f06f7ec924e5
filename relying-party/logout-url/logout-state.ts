import { randomBytes, timingSafeEqual } from 'node:crypto';
import { epochSeconds } from '../sessions/clock.ts';
import { hashOf, type RelyingPartyIdentity } from '../sessions/item-keys.ts';

/** How long a user may take at the OP, in seconds. */
const LIFETIME_SECONDS = 900;
/** The cookie outlives the state, so that one that comes late is told from one that is not this browser's. */
const COOKIE_SECONDS = 3600;
/** What stands in the cookie once its state was used. */
const USED = 'used';

/** Of whom a `state` is, and in which cookies the browser keeps it. */
export interface StateOwner extends RelyingPartyIdentity {
  /** Whether the way back is https: without, on loopback, browsers keep no `Secure` cookie everywhere. */
  readonly isSecure: boolean;
}

export interface LogoutState {
  readonly state: string;
  /** Value of a `Set-Cookie` header. */
  readonly setCookie: string;
}

/**
 * - `ok`: this browser has begun the logout, and comes back the first time.
 * - `state_missing`: there is no `state`.
 * - `state_mismatch`: this browser has begun no logout with it, or more than an hour ago.
 * - `state_used`: this browser has come back with it before.
 * - `state_expired`: it was begun more than 15 minutes ago.
 */
export type StateOutcome = 'ok' | 'state_missing' | 'state_mismatch' | 'state_used' | 'state_expired';

/** Makes the `state` of a logout. It has a cookie of its own, so that logouts in several tabs do not disturb each other. */
export function newLogoutState(owner: StateOwner): LogoutState {
  const state = randomBytes(32).toString('base64url');
  const hash = stateHash(owner, state);
  return { state, setCookie: setCookie(owner, hash, `${epochSeconds() + LIFETIME_SECONDS}.${hash}`) };
}

/**
 * Checks the `state` with which a browser comes back.
 *
 * @param state as the query has it
 * @param cookies the `Cookie` header
 */
export function checkLogoutState(owner: StateOwner, state: unknown, cookies: string | null | undefined): StateOutcome {
  if (state === undefined || state === null || state === '') {
    return 'state_missing';
  }
  if (typeof state !== 'string') {
    return 'state_mismatch';
  }
  const hash = stateHash(owner, state);
  const value = cookieValue(cookies ?? '', cookieName(owner, hash));
  if (value === USED) {
    return 'state_used';
  }
  const [, expiresAt, kept = ''] = /^(\d{1,12})\.([\w-]{43})$/.exec(value ?? '') ?? [];
  if (!isSame(kept, hash)) {
    return 'state_mismatch';
  }
  return Number(expiresAt) > epochSeconds() ? 'ok' : 'state_expired';
}

/** Writes over the cookie of a state, so that it is good for no second time. */
export function usedStateCookie(owner: StateOwner, state: string): string {
  return setCookie(owner, stateHash(owner, state), USED);
}

/** Of the relying party too: one host can have several. The cookie holds the hash alone, and so never the state. */
function stateHash({ issuer, clientId }: RelyingPartyIdentity, state: string): string {
  return hashOf(issuer, clientId, state);
}

/** `__Host-`: no other host, and nobody on http, can have set it (RFC 6265bis, section 4.1.3.2). */
function cookieName({ isSecure }: StateOwner, hash: string): string {
  return `${isSecure ? '__Host-' : ''}logout-${hash.slice(0, 16)}`;
}

/** `Lax`, since the OP sends the browser back from another site, by a GET. */
function setCookie(owner: StateOwner, hash: string, value: string): string {
  const attributes = `Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${owner.isSecure ? '; Secure' : ''}`;
  return `${cookieName(owner, hash)}=${value}; ${attributes}`;
}

/**
 * By the blanks of HTTP alone (RFC 9110, section 5.6.3): `trim` takes others away too, and browsers do not. To them, a
 * name that begins with one has no `__Host-` prefix, so another host of the site could set it.
 */
function cookieValue(cookies: string, name: string): string | undefined {
  const pairs = cookies.split(';').map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''));
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function isSame(text: string, other: string): boolean {
  const [bytes, otherBytes] = [Buffer.from(text), Buffer.from(other)];
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes);
}
