import { createHash } from 'node:crypto';

/** Primary key of an item in the sessions table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A client of an issuer: whose sessions they are. */
export interface RelyingPartyIdentity {
  readonly issuer: string;
  readonly clientId: string;
}

/** One OP session at one client. A `sid` is unique only within its issuer (Back-Channel Logout 1.0, section 2.1). */
export interface SidScope extends RelyingPartyIdentity {
  readonly sid: string;
}

/** All sessions of one subject at one client. */
export interface SubjectScope extends RelyingPartyIdentity {
  readonly sub: string;
}

/** What a logout token names: one OP session, or all sessions of a subject. */
export type LogoutScope = SidScope | SubjectScope;

/**
 * Hashes the parts of a key: SHA-256 over the UTF-8 JSON array of the parts, base64url without padding.
 *
 * A hash, because a `sid` is any printable ASCII and a `sub` is personal; of a JSON array, because joined strings can
 * collide. Test vectors for other languages stand in `test/vectors/keys.json`.
 */
export function hashOf(...parts: readonly (string | null | readonly string[])[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Partition that holds the pointers and the not-before marker of a scope. */
export function scopePartition(scope: LogoutScope): string {
  return 'sid' in scope
    ? `SID#${hashOf(scope.issuer, scope.clientId, scope.sid)}`
    : `SUBJECT#${hashOf(scope.issuer, scope.clientId, scope.sub)}`;
}

/** @param creation of the session: a pointer belongs to one `create`, so that no other one can overwrite or delete it */
export function pointerKey(partition: string, idHash: string, creation: string): ItemKey {
  return { pk: partition, sk: `SESSION#${idHash}#${creation}` };
}

export function markerKey(partition: string): ItemKey {
  return { pk: partition, sk: 'NOT_BEFORE' };
}

/** @param signer who can sign such tokens: the issuer, and where they are signed with client secrets, the clients too */
export function seenTokenKey(signer: readonly string[], jti: string): ItemKey {
  return { pk: `JTI#${hashOf(...signer, jti)}`, sk: 'JTI' };
}
