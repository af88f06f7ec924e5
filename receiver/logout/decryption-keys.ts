import type { SecretSource } from '../secrets/secret-source.ts';
import type { DecryptionKey } from './imported-keys.ts';

/** Imports decryption keys from the secrets that hold them, once for each value. */
export class DecryptionKeySource {
  readonly #secrets: SecretSource;
  readonly #imported = new Map<string, { secret: string; keys: Promise<readonly DecryptionKey[]> }>();

  constructor(secrets: SecretSource) {
    this.#secrets = secrets;
  }

  /** @throws where the secret cannot be read, or is no JWK Set of usable keys; nothing of it is in the message */
  async read(secretId: string): Promise<readonly DecryptionKey[]> {
    return await this.#keysIn(secretId, await this.#secrets.read(secretId));
  }

  /** As `read`, when no key of the last value fitted. */
  async readAgain(secretId: string): Promise<readonly DecryptionKey[]> {
    return await this.#keysIn(secretId, await this.#secrets.readAgain(secretId));
  }

  #keysIn(secretId: string, secret: string): Promise<readonly DecryptionKey[]> {
    const known = this.#imported.get(secretId);
    if (known?.secret === secret) {
      return known.keys;
    }
    // Loaded with the first: most deployments have none.
    const keys = import('./imported-keys.ts').then(({ importedKeys }) => importedKeys(secretId, secret));
    this.#imported.set(secretId, { secret, keys });
    return keys;
  }
}
