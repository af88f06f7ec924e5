import { type CryptoKey, generateKeyPair } from 'jose';
import { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../receiver/logout/logout.ts';
import { checkRelyingParties } from '../../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties } from '../../receiver/relying-parties/relying-parties-index.ts';
import { SecretSource } from '../../receiver/secrets/secret-source.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { signedToken } from '../../test/issuer.ts';
import { type Claims, validClaims } from '../../test/logout-token.ts';
import { RELYING_PARTY } from './filled-tables.ts';

const ALG = 'ES256';
/** As long as the largest takes: what a request leaves, the deferred logout's function goes on with. */
const NEVER = new AbortController().signal;

/** Signs logout tokens, and has the receiver carry them out with keys that are in its memory. */
export class Logouts {
  readonly #privateKey: CryptoKey;
  readonly #parts: Omit<LogoutParts, 'sessionsTable'>;

  private constructor(privateKey: CryptoKey, publicKey: CryptoKey) {
    const secrets = noSecrets();
    this.#privateKey = privateKey;
    this.#parts = {
      relyingParties: indexedRelyingParties(checkRelyingParties({ relyingParties: [RELYING_PARTY] }, 'benchmark')),
      keys: {
        async verify(_location, _wanted, _receivedAt, tryKeys) {
          const problem = await tryKeys([publicKey]);
          if (problem) {
            throw new Error(problem);
          }
        },
      },
      secrets,
      decryptionKeys: new DecryptionKeySource(secrets),
    };
  }

  static async create(): Promise<Logouts> {
    const { privateKey, publicKey } = await generateKeyPair(ALG);
    return new Logouts(privateKey, publicKey);
  }

  /** @param scope `sub` or `sid` */
  async token(scope: Claims): Promise<string> {
    return await signedToken(
      validClaims(RELYING_PARTY.issuer, RELYING_PARTY.clientId, scope),
      { alg: ALG },
      this.#privateKey,
    );
  }

  /** @throws Error where it has not ended so many sessions */
  async carryOut(token: string, sessionsTable: SessionsTable, sessions: number): Promise<void> {
    const { sessionsEnded } = await logout(token, Date.now() / 1000, { ...this.#parts, sessionsTable }, NEVER);
    if (sessionsEnded !== sessions) {
      throw new Error(`the logout has ended ${sessionsEnded} sessions of ${sessions}`);
    }
  }
}

export function noSecrets(): SecretSource {
  return new SecretSource(async () => {
    throw new Error('no relying party here has a secret');
  });
}
