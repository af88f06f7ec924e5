import { randomUUID } from 'node:crypto';
import { CompactEncrypt, type CryptoKey } from 'jose';
import { epochSeconds } from '../relying-party/sessions/clock.ts';
import type { JoseHeader } from './issuer.ts';

export { epochSeconds };

export const BACKCHANNEL_LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';
export const EVENTS = { [BACKCHANNEL_LOGOUT]: {} };

export type Claims = Readonly<Record<string, unknown>>;
export type Change = (claims: Claims) => Claims;

/** Claims of a logout token that every rule allows; changes may be absent members (undefined) too. */
export function validClaims(issuer: string, clientId: string, changes: Claims = {}): Claims {
  return {
    iss: issuer,
    aud: clientId,
    iat: epochSeconds(),
    exp: epochSeconds() + 120,
    jti: randomUUID(),
    events: EVENTS,
    ...changes,
  };
}

export const without =
  (...names: string[]): Change =>
  (claims) =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

export const having =
  (changes: Claims): Change =>
  (claims) => ({ ...claims, ...changes });

/** Moves a time claim; later is positive. In seconds. */
export const moved =
  (name: 'iat' | 'exp' | 'nbf', seconds: number): Change =>
  (claims) => ({ ...claims, [name]: epochSeconds() + seconds });

export const inTurn =
  (...changes: Change[]): Change =>
  (claims) =>
    changes.reduce((result, change) => change(result), claims);

export const encoded = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The token under another header; its signature no longer fits. */
export function underHeader(token: string, header: object | string): string {
  const [, ...rest] = token.split('.');
  return [encoded(header), ...rest].join('.');
}

/** The token around another payload; its signature no longer fits. */
export function aroundPayload(token: string, payload: object | string): string {
  const [header, , signature] = token.split('.');
  return [header, encoded(payload), signature].join('.');
}

/** The payload of a token, as text. */
export function payloadOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
}

/** A token that no library would make. */
export function assembled(header: object, payload: object | string, sign: (input: Buffer) => Buffer): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${sign(Buffer.from(input)).toString('base64url')}`;
}

/** A JWE around the token, or around anything else. */
export async function encrypted(
  content: string,
  key: CryptoKey | Uint8Array,
  header: JoseHeader & { readonly alg: string; readonly enc: string },
): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(content)).setProtectedHeader(header).encrypt(key);
}
