import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { newOpKey, type OpKey } from './op-key.ts';

export const FORGERIES = ['wrong-key', 'alg-none', 'wrong-audience', 'id-token', 'nonce'] as const;
export type Forgery = (typeof FORGERIES)[number];

/** The login that a forged token pretends to end. */
export interface ForgedLogin {
  readonly issuer: string;
  readonly clientId: string;
  readonly sub: string;
  readonly sid: string;
}

/**
 * A token that breaks exactly one rule, whatever signs it.
 *
 * @param key of the OP
 * @param idToken of the OP
 */
export async function forgedToken(
  kind: Forgery,
  login: ForgedLogin,
  key: OpKey,
  idToken: () => Promise<string>,
): Promise<string> {
  const claims = logoutClaims(login);
  switch (kind) {
    case 'wrong-key':
      return await (await newOpKey(key.kid)).sign(claims, 'logout+jwt');
    case 'alg-none':
      return `${encoded({ alg: 'none', typ: 'logout+jwt' })}.${encoded(claims)}.`;
    case 'wrong-audience':
      return await key.sign({ ...claims, aud: 'somebody-else' }, 'logout+jwt');
    case 'id-token':
      return await idToken();
    case 'nonce':
      return await key.sign({ ...claims, nonce: randomUUID() }, 'logout+jwt');
  }
}

/** As a logout token has them (Back-Channel Logout 1.0, section 2.4). */
function logoutClaims({ issuer, clientId, sub, sid }: ForgedLogin): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: clientId,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    sub,
    sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
