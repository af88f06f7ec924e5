import { IssuerError } from '../../receiver/jwks/issuer-error.ts';
import { type Jwks, jwksFrom } from '../../receiver/jwks/jwks.ts';
import { JwksError } from '../../receiver/jwks/jwks-error.ts';
import { fetchJwks } from '../../receiver/jwks/jwks-fetch.ts';
import { type JwksLocation, partitionOf } from '../../receiver/jwks/jwks-location.ts';
import { keySet, problemWith, type TryKeys, type WantedKey } from '../../receiver/jwks/key-set.ts';
import { readWrittenJson } from '../../receiver/relying-parties/written-json-file.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { UsageError } from '../command-error.ts';

/** Keys of an issuer, and where they are from. */
export interface KeysFound {
  readonly source: string;
  readonly jwks: Jwks;
}

/** Has the keys of an issuer brought. */
export type BringKeys = (location: JwksLocation) => Promise<KeysFound>;

/**
 * The keys that one verdict is made with, in place of the deployment's: nothing is cached, and nothing waits for a fetch
 * slot. They are asked for once, after the token came, so what they do not verify is settled.
 */
export class KeysOfVerdict {
  readonly #bring: BringKeys;
  readonly #found = new Map<string, Promise<KeysFound>>();

  constructor(bring: BringKeys) {
    this.#bring = bring;
  }

  /** As `KeySource` does. */
  async verify(location: JwksLocation, wanted: WantedKey, _receivedAt: number, tryKeys: TryKeys): Promise<void> {
    const place = partitionOf(location);
    const finding = this.#found.get(place) ?? this.#bring(location);
    this.#found.set(place, finding);
    const { jwks, source } = await finding.catch((cause: unknown) => {
      throw new JwksError('jwks_unavailable', `the keys of ${location.issuer} cannot be had`, { cause });
    });
    const now = exactEpochSeconds();
    const set = keySet({ jwks, source, fetchedAt: now, asOf: now, freshUntil: now }, undefined);
    const problem = await problemWith(set, wanted, tryKeys);
    if (problem) {
      throw new JwksError(problem, `with the keys of ${source}: ${problem}`);
    }
  }

  /** What was brought: nothing where no key was needed. */
  async found(): Promise<readonly KeysFound[]> {
    const settled = await Promise.allSettled(this.#found.values());
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }
}

/** Asks the issuer, as the deployment does in the background: it may take half a minute. */
export const keysOfIssuer: BringKeys = async (location) => {
  const now = exactEpochSeconds();
  const { fetched } = await fetchJwks(location, undefined, { claimant: 'background', isInDoubt: false, now });
  return fetched;
};

/**
 * Takes a JWKS in a file for that of the token's issuer.
 *
 * @throws UsageError where the file cannot be read, or holds no usable key
 */
export function keysInFile(path: string): BringKeys {
  const found = { source: path, jwks: readJwks(path) };
  return async () => found;
}

function readJwks(path: string): Jwks {
  const jwks = jwksIn(readWrittenJson(path, (message, options) => new UsageError(message, options)));
  if (!jwks || jwks.keys.length === 0) {
    throw new UsageError(`${path}: allowed is a JWKS with a public key, {"keys": [...]}`);
  }
  return jwks;
}

/** @returns undefined where it is none */
function jwksIn(document: unknown): Jwks | undefined {
  try {
    return jwksFrom(document).jwks;
  } catch (error) {
    if (error instanceof IssuerError) {
      return undefined;
    }
    throw error;
  }
}
