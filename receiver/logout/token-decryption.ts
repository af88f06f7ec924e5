import { compactDecrypt } from 'jose';
import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { jweHeaderOf } from './compact-serialization.ts';
import { type DecryptionKey, type DecryptionKeySource, KEY_MANAGEMENT_ALGORITHMS } from './decryption-keys.ts';
import { type JsonObject, keyIdIn, ownMember } from './json-object.ts';
import { LogoutFailure, Rejection } from './rejection.ts';

/** A token that can be read. */
export interface DecryptedToken {
  readonly token: string;
  /** How the encryption around it was opened; undefined where there was none. */
  readonly encryption: Encryption | undefined;
}

interface Encryption {
  readonly header: JweHeader;
  /** The secret whose keys opened it. */
  readonly secretId: string;
}

type JweHeader = Pick<DecryptionKey, 'alg' | 'kid'>;
type ReadKeys = (secretId: string) => Promise<readonly DecryptionKey[]>;

const CONTENT_ENCRYPTION_ALGORITHMS = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'];
/** Private-key operations for one token: whoever sends one makes us do them. */
const MAX_TRIALS = 8;

/**
 * Opens an encrypted token: a JWE around a JWS (Back-Channel Logout 1.0, section 2.6, step 1; RFC 7519, section 5.2).
 *
 * Whom the token is for stands inside, so all keys that fit its header are tried, and the first that opens it will do. The
 * caller must see to it with `requireRecipients` that it was encrypted to those whom it names.
 *
 * @returns a token that is not encrypted as it is
 * @throws Rejection where it cannot be opened
 * @throws LogoutFailure where it might have been, with a secret that cannot be read
 */
export async function decryptedToken(
  token: string,
  relyingParties: RelyingPartiesIndex,
  keys: DecryptionKeySource,
): Promise<DecryptedToken> {
  const joseHeader = jweHeaderOf(token);
  if (!joseHeader) {
    return { token, encryption: undefined };
  }
  const header = checkedHeader(joseHeader);
  const secretIds = secretIdsFor(joseHeader, relyingParties);
  try {
    return await opened(token, header, secretIds, (secretId) => keys.read(secretId));
  } catch (error) {
    const isKeyKnown = error instanceof Rejection && error.reason !== 'token_encrypted' && header.kid !== undefined;
    if (isKeyKnown) {
      throw error;
    }
    // Keys are rotated, and an OP may use the new ones before our copy of the old ones is stale.
    return await opened(token, header, secretIds, (secretId) => keys.readAgain(secretId));
  }
}

/**
 * Holds a token that was encrypted to each of the relying parties that it names: one must not read, and so replay to us,
 * what is encrypted to another.
 *
 * @param token the JWE
 * @throws Rejection where it was not
 * @throws LogoutFailure where nobody knows, since a secret cannot be read
 */
export async function requireRecipients(
  token: string,
  { header, secretId }: Encryption,
  named: readonly RelyingParty[],
  keys: DecryptionKeySource,
): Promise<void> {
  for (const { decryptionKeys } of named) {
    if (!decryptionKeys) {
      throw new Rejection('decryption_failed');
    }
    if (decryptionKeys.secretId !== secretId) {
      await opened(token, header, [decryptionKeys.secretId], (other) => keys.read(other)).catch((error: unknown) => {
        throw error instanceof Rejection ? new Rejection('decryption_failed') : error;
      });
    }
  }
}

function checkedHeader(header: JsonObject): JweHeader {
  const alg = KEY_MANAGEMENT_ALGORITHMS.find((algorithm) => algorithm === ownMember(header, 'alg'));
  const isEncAllowed = CONTENT_ENCRYPTION_ALGORITHMS.some((algorithm) => algorithm === ownMember(header, 'enc'));
  // Compressed, a small token could hold a large one, and its length would tell of its content (RFC 8725, section 3.6).
  if (!alg || !isEncAllowed || Object.hasOwn(header, 'zip')) {
    throw new Rejection('encryption_not_allowed');
  }
  if (Object.hasOwn(header, 'crit')) {
    throw new Rejection('crit_unsupported');
  }
  return { alg, kid: keyIdIn(header) };
}

/** Section 2.4 recommends that `iss` stands in the header of the JWE too, and RFC 7519, section 5.3, lets `aud`. */
function secretIdsFor(header: JsonObject, relyingParties: RelyingPartiesIndex): readonly string[] {
  const [iss, aud] = [ownMember(header, 'iss'), ownMember(header, 'aud')];
  if (iss !== undefined && typeof iss !== 'string') {
    return [];
  }
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  return relyingParties.decryptionSecretIds(iss, aud === undefined ? undefined : audiences);
}

/** Tries the keys of all secrets at once: one that is slow to read must not hold up the others. */
async function opened(
  token: string,
  header: JweHeader,
  secretIds: readonly string[],
  read: ReadKeys,
): Promise<DecryptedToken> {
  let trialsLeft = MAX_TRIALS;
  const attempts = secretIds.map(async (secretId) => {
    const keys = await read(secretId).catch((error: unknown) => {
      throw new LogoutFailure('secret_unavailable', error);
    });
    const fitting = keys.filter(
      ({ alg, kid }) => alg === header.alg && (header.kid === undefined || header.kid === kid),
    );
    for (const { key } of fitting) {
      if (trialsLeft-- <= 0) {
        throw new Rejection('decryption_key_ambiguous');
      }
      const plaintext = await plaintextOf(token, key);
      if (plaintext !== undefined) {
        return { token: plaintext, encryption: { header, secretId } };
      }
    }
    throw new Rejection(fitting.length > 0 ? 'decryption_failed' : 'token_encrypted');
  });
  return await Promise.any(attempts).catch((error: unknown) => {
    throw error instanceof AggregateError ? whyNotOpened(error.errors, header) : error;
  });
}

/** The reason that says most. A secret that cannot be read is none, where the key that the token names was found. */
function whyNotOpened(errors: readonly unknown[], { kid }: JweHeader): unknown {
  const refusal = (reason: Rejection['reason']) =>
    errors.find((error) => error instanceof Rejection && error.reason === reason);
  const failure = errors.find((error) => !(error instanceof Rejection));
  const found = refusal('decryption_key_ambiguous') ?? refusal('decryption_failed');
  return (kid === undefined ? (failure ?? found) : (found ?? failure)) ?? new Rejection('token_encrypted');
}

/** @returns undefined where the key does not open it; at which step is nobody's business (RFC 7516, section 11.5) */
async function plaintextOf(token: string, key: DecryptionKey['key']): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, key, {
      keyManagementAlgorithms: [...KEY_MANAGEMENT_ALGORITHMS],
      contentEncryptionAlgorithms: CONTENT_ENCRYPTION_ALGORITHMS,
    });
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(plaintext);
  } catch {
    return undefined;
  }
}
