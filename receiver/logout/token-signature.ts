import { type CryptoKey, compactVerify, errors } from 'jose';
import { JwksError, type KeyProblem } from '../jwks/jwks-error.ts';
import type { KeySource } from '../jwks/key-source.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { isSymmetric, type SymmetricAlgorithm } from '../relying-parties/signature-algorithms.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import type { DecryptionKeySource } from './decryption-keys.ts';
import type { Reason } from './reasons.ts';
import { LogoutFailure, Rejection } from './rejection.ts';
import type { SignatureHeader } from './token-header.ts';

/** Where the keys come from that tokens are verified with, and those that they are decrypted with. */
export interface TokenKeys {
  readonly keys: Pick<KeySource, 'verify'>;
  readonly secrets: SecretSource;
  readonly decryptionKeys: DecryptionKeySource;
}

/**
 * Verifies a token's signature with the keys of one relying party: for `HS*` its client secret and never anything that
 * is published, for all others what its issuer publishes and never a secret (RFC 8725, sections 2.1 and 3.1).
 *
 * @param receivedAt epoch seconds, with their fraction: what the issuer publishes after that is the last word
 * @throws Rejection where it does not verify, for good
 * @throws LogoutFailure where the keys cannot be had now, or those that can be had may not be the last word
 */
export async function verifySignature(
  token: string,
  { alg, kid }: SignatureHeader,
  relyingParty: RelyingParty,
  receivedAt: number,
  { keys, secrets }: Pick<TokenKeys, 'keys' | 'secrets'>,
): Promise<void> {
  if (isSymmetric(alg)) {
    const problem = await problemWithClientSecret(token, alg, relyingParty, secrets);
    if (problem) {
      throw new Rejection(problem);
    }
  } else {
    await verifyWithPublishedKeys(token, { alg, kid }, relyingParty, receivedAt, keys);
  }
}

async function verifyWithPublishedKeys(
  token: string,
  { alg, kid }: SignatureHeader,
  relyingParty: RelyingParty,
  receivedAt: number,
  keys: TokenKeys['keys'],
): Promise<void> {
  try {
    await keys.verify(relyingParty, { alg, kid }, receivedAt, (found) => problemWithKeys(token, alg, found));
  } catch (error) {
    if (!(error instanceof JwksError)) {
      throw error;
    }
    throw error.isFinal ? new Rejection(error.code) : new LogoutFailure(error.code, error);
  }
}

async function problemWithClientSecret(
  token: string,
  alg: SymmetricAlgorithm,
  { clientSecret }: RelyingParty,
  secrets: SecretSource,
): Promise<Reason | undefined> {
  if (!clientSecret) {
    return 'alg_not_allowed';
  }
  try {
    const secret = await secrets.read(clientSecret.secretId);
    const problem = await problemWithSecret(token, alg, secret);
    if (!problem) {
      return undefined;
    }
    const current = await secrets.readAgain(clientSecret.secretId);
    return current === secret ? problem : await problemWithSecret(token, alg, current);
  } catch (error) {
    throw error instanceof Rejection ? error : new LogoutFailure('secret_unavailable', error);
  }
}

async function problemWithSecret(token: string, alg: SymmetricAlgorithm, secret: string): Promise<Reason | undefined> {
  // OpenID Connect Core 1.0, section 10.1: the octets of its UTF-8 representation are the key.
  const key = new TextEncoder().encode(secret);
  // RFC 7518, section 3.2: as long as the hash at least, or it can be guessed from any token. Judged after the signature,
  // so that nobody learns the length of a secret without knowing it.
  const isTooShort = key.byteLength * 8 < Number(alg.slice(2));
  return (await problemWithKeys(token, alg, [key])) ?? (isTooShort ? 'key_unusable' : undefined);
}

/**
 * Tries keys on a token.
 *
 * @returns undefined where one of the keys verifies it
 * @throws Rejection where it is no token
 */
export async function problemWithKeys(
  token: string,
  alg: string,
  keys: readonly (CryptoKey | Uint8Array)[],
): Promise<KeyProblem | undefined> {
  let problem: KeyProblem = 'key_unusable';
  for (const key of keys) {
    try {
      await compactVerify(token, key, { algorithms: [alg] });
      return undefined;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        problem = 'signature_invalid';
      } else if (error instanceof errors.JWSInvalid) {
        throw new Rejection('token_malformed');
      } else if (!(error instanceof TypeError)) {
        // jose throws a TypeError for an RSA key of fewer than 2048 bits (RFC 7518, section 3.3).
        throw error;
      }
    }
  }
  return problem;
}
