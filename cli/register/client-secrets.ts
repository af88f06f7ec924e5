import { closeSync, fsyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { errorCode } from '../../receiver/relying-parties/error-code.ts';
import { UsageError } from '../command-error.ts';
import { printableJson } from '../printable.ts';
import type { ClientMetadata } from './client-metadata.ts';

export const SECRET_FIELDS = ['client_secret', 'registration_access_token'];
/** What they are of no use without. */
const KEPT = ['client_id', ...SECRET_FIELDS, 'client_secret_expires_at', 'registration_client_uri'];

/** What a client must not lose, of what an OP says of it. */
export function keptOf(information: ClientMetadata): ClientMetadata {
  return Object.fromEntries(
    KEPT.filter((name) => information[name] !== undefined).map((name) => [name, information[name]]),
  );
}

/** A file for the secrets of a client, which only its owner can read. */
export class SecretsFile {
  readonly path: string;
  readonly #descriptor: number;
  #isWritten = false;

  /**
   * Made before anything is sent: when the secrets have come, it would be too late to find out that it cannot be written.
   *
   * @throws UsageError where it is there already, or cannot be made
   */
  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'wx', 0o600);
    } catch (error) {
      const isThere = errorCode(error) === 'EEXIST';
      throw new UsageError(
        isThere ? `${path}: is there already, and is not overwritten` : `${path}: cannot be made (${errorCode(error)})`,
      );
    }
    this.path = path;
  }

  /**
   * Writes what an OP says of a client, in the place of what it said before.
   *
   * @throws Error where the disk is full, or fails
   */
  write(issuer: string, information: ClientMetadata): void {
    const text = `${printableJson({ issuer, ...keptOf(information) }, 2)}\n`;
    ftruncateSync(this.#descriptor);
    writeSync(this.#descriptor, text, 0);
    fsyncSync(this.#descriptor);
    this.#isWritten = true;
  }

  /** An empty file does not stay. */
  close(): void {
    closeSync(this.#descriptor);
    if (!this.#isWritten) {
      unlinkSync(this.path);
    }
  }
}
