import { compactDecrypt, importJWK } from 'jose';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { SecretSource } from '../secrets/secret-source.ts';
import { jweHeaderOf } from './compact-serialization.ts';
import { type DecryptionKey, decryptionKeysFrom, KEY_MANAGEMENT_ALGORITHMS } from './decryption-keys.ts';
import { type JsonObject, keyIdIn, ownMember } from './json-object.ts';
import { LogoutFailure, Rejection } from './rejection.ts';

/** A signed token, and whose keys opened the encryption around it. */
export interface DecryptedToken {
  readonly token: string;
  /** undefined where it was not encrypted. */
  readonly recipients: readonly RelyingParty[] | undefined;
}

type JweHeader = Pick<DecryptionKey, 'alg' | 'kid'>;

/** What came of trying the keys of one secret. */
interface Trial {
  readonly secretId: string;
  readonly secret?: string;
  readonly hasFittingKey?: boolean;
  readonly plaintext?: string | undefined;
  /** Why the secret could not be used. */
  readonly error?: unknown;
}

const CONTENT_ENCRYPTION_ALGORITHMS = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'];

/**
 * Opens an encrypted token: a JWE around a JWS (Back-Channel Logout 1.0, section 2.6, step 1; RFC 7519, section 5.2).
 *
 * Whom the token is for stands inside, so the keys of all relying parties that fit its header are tried. The caller must
 * see to it that those who opened it are those whom it names.
 *
 * @returns a token that is not encrypted as it is
 * @throws Rejection where it cannot be opened
 * @throws LogoutFailure where it might have been, with a secret that cannot be read
 */
export async function decryptedToken(
  token: string,
  relyingParties: readonly RelyingParty[],
  secrets: SecretSource,
): Promise<DecryptedToken> {
  const joseHeader = jweHeaderOf(token);
  if (!joseHeader) {
    return { token, recipients: undefined };
  }
  const header = checkedHeader(joseHeader);
  const secretIds = [...new Set(relyingParties.flatMap(({ decryptionKeys }) => decryptionKeys?.secretId ?? []))];
  let trials = await Promise.all(secretIds.map((id) => tryKeys(token, header, id, secrets.read(id))));
  if (!trials.some(isOpened)) {
    trials = await Promise.all(trials.map((trial) => tryRotatedKeys(token, header, trial, secrets)));
  }
  const opened = trials.filter(isOpened);
  const [first] = opened;
  if (!first) {
    throw whyNotOpened(trials);
  }
  const openers = new Set(opened.map(({ secretId }) => secretId));
  return {
    token: first.plaintext,
    recipients: relyingParties.filter(({ decryptionKeys }) => decryptionKeys && openers.has(decryptionKeys.secretId)),
  };
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

async function tryKeys(token: string, header: JweHeader, secretId: string, reading: Promise<string>): Promise<Trial> {
  try {
    const secret = await reading;
    const keys = decryptionKeysFrom(secret).filter(
      ({ alg, kid }) => alg === header.alg && (header.kid === undefined || header.kid === kid),
    );
    let plaintext: string | undefined;
    for (const key of keys) {
      plaintext ??= await plaintextOf(token, key);
    }
    return { secretId, secret, hasFittingKey: keys.length > 0, plaintext };
  } catch (error) {
    return { secretId, error };
  }
}

/** Keys are rotated, and an OP may use the new ones before our copy of the old ones is stale. */
async function tryRotatedKeys(
  token: string,
  header: JweHeader,
  { secretId, ...before }: Trial,
  secrets: SecretSource,
): Promise<Trial> {
  const reading = secrets.readAgain(secretId);
  const isSame = (await reading.catch(() => undefined)) === before.secret;
  return isSame ? { secretId, ...before } : await tryKeys(token, header, secretId, reading);
}

function isOpened(trial: Trial): trial is Trial & { readonly plaintext: string } {
  return trial.plaintext !== undefined;
}

function whyNotOpened(trials: readonly Trial[]): Rejection | LogoutFailure {
  const failed = trials.find(({ error }) => error !== undefined);
  if (failed) {
    return new LogoutFailure('secret_unavailable', failed.error);
  }
  return new Rejection(trials.some(({ hasFittingKey }) => hasFittingKey) ? 'decryption_failed' : 'token_encrypted');
}

/** @returns undefined where the key does not open it; at which step is nobody's business (RFC 7516, section 11.5) */
async function plaintextOf(token: string, jwk: DecryptionKey): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, await importJWK(jwk, jwk.alg), {
      keyManagementAlgorithms: [jwk.alg],
      contentEncryptionAlgorithms: CONTENT_ENCRYPTION_ALGORITHMS,
    });
    return new TextDecoder().decode(plaintext);
  } catch {
    return undefined;
  }
}
