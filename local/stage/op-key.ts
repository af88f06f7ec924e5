import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

const alg = 'RS256';

/** A key that the OP of the sample signs with. */
export interface OpKey {
  readonly kid: string;
  /** Private. */
  readonly jwk: JWK & { kty: string };
  sign(claims: JWTPayload, typ: string): Promise<string>;
}

/** @param kid without it, one that no other key has */
export async function newOpKey(kid = `op-${randomBytes(4).toString('hex')}`): Promise<OpKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const { kty = 'RSA', ...jwk } = await exportJWK(privateKey);
  return {
    kid,
    jwk: { ...jwk, kty, alg, use: 'sig', kid },
    sign: (claims, typ) => new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(privateKey),
  };
}
