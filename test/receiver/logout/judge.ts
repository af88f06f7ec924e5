import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutRequest, logoutTokenIn } from '../../../receiver/logout/logout-request.ts';
import { type VerifiedLogoutToken, verifyLogoutToken } from '../../../receiver/logout/logout-token.ts';
import type { Reason } from '../../../receiver/logout/reasons.ts';
import { LogoutFailure, Rejection } from '../../../receiver/logout/rejection.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { signedToken, startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { encrypted, epochSeconds } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';

/** What the judge says: whose sessions end, or why none does. */
export type Verdict = { readonly accepted: VerifiedLogoutToken } | { readonly refused: Reason };

/** The judge in this process, with an issuer on loopback whose keys it fetches once. */
export interface Judge {
  readonly op: TestIssuer;
  /** When requests are received, in epoch seconds. */
  readonly receivedAt: number;
  /** Signs claims with the secret of the client `symmetric`. */
  signWithSecret(claims: object): Promise<string>;
  /** Encrypts a token to the key of the client `sealed`. */
  seal(token: string): Promise<string>;
  /** @throws whatever is neither a refusal nor a key that is missing: a defect */
  judge(request: LogoutRequest): Promise<Verdict>;
  stop(): Promise<void>;
}

export const JUDGED_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

const ENCRYPTION = { alg: 'ECDH-ES', enc: 'A128GCM', kid: 'enc' };

/** Clients of one issuer, judged by the compatible profile: two by published keys, one by a secret, one that decrypts. */
export async function startJudge(): Promise<Judge> {
  const op = await startIssuer(...JUDGED_ALGORITHMS);
  const { issuer } = op;
  const relyingParties = indexOf([
    { issuer, clientId: 'shop' },
    { issuer, clientId: 'forum' },
    { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'symmetric' } },
    { issuer, clientId: 'sealed', decryptionKeys: { secretId: 'sealed' }, requireEncryption: true },
  ]);
  const keys = await newKeySource();
  const clientSecret = randomBytes(32).toString('base64url');
  const { publicKey, privateKey } = await generateKeyPair(ENCRYPTION.alg, { extractable: true });
  const jwks = JSON.stringify({
    keys: [{ ...(await exportJWK(privateKey)), alg: ENCRYPTION.alg, kid: ENCRYPTION.kid }],
  });
  const secrets = new SecretSource(async (secretId) => (secretId === 'symmetric' ? clientSecret : jwks));
  const decryptionKeys = new DecryptionKeySource(secrets);
  const receivedAt = epochSeconds();
  return {
    op,
    receivedAt,
    signWithSecret: (claims) => signedToken(claims, { alg: 'HS256' }, new TextEncoder().encode(clientSecret)),
    seal: (token) => encrypted(token, publicKey, ENCRYPTION),
    async judge(request) {
      try {
        const token = logoutTokenIn(request, relyingParties);
        return {
          accepted: await verifyLogoutToken(token, receivedAt, relyingParties, { keys, secrets, decryptionKeys }),
        };
      } catch (error) {
        // That a key is missing is never final; but nothing ends by it either.
        const isMissing = error instanceof LogoutFailure && error.reason === 'key_not_found';
        if (error instanceof Rejection || isMissing) {
          return { refused: error.reason };
        }
        throw error;
      }
    },
    stop: () => op.stop(),
  };
}

export function formRequest(token: string): LogoutRequest {
  return {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
  };
}
