import {
  ASYMMETRIC_ALGORITHMS,
  type SignatureAlgorithm,
  SYMMETRIC_ALGORITHMS,
} from '../../receiver/relying-parties/signature-algorithms.ts';
import type { PublishedKey } from './published-keys.ts';

/** Signature algorithms for the relying parties entry, and why these. */
export interface ChosenAlgorithms {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly reason: string;
}

/** What `id_token_signed_response_alg` is where a client registers no other (OpenID Connect Registration 1.0, section 2). */
const DEFAULT_ALGORITHM = 'RS256';

/**
 * Chooses the algorithms to accept: those that the OP announces and its keys can verify, and one where it is known which
 * the OP uses. `none` never is among them (Back-Channel Logout 1.0, section 2.6, step 3), and HS* only where there is
 * nothing else.
 *
 * @param announced `id_token_signing_alg_values_supported`; undefined where the OP does not say
 * @returns undefined where there is none
 */
export function chosenAlgorithms(
  announced: readonly string[] | undefined,
  keys: readonly PublishedKey[],
): ChosenAlgorithms | undefined {
  const verified = ASYMMETRIC_ALGORITHMS.filter((algorithm) =>
    keys.some(({ verifies }) => verifies.includes(algorithm)),
  );
  const candidates = announced ? verified.filter((algorithm) => announced.includes(algorithm)) : verified;
  const others = candidates.filter((algorithm) => algorithm !== DEFAULT_ALGORITHM);
  if (candidates.includes(DEFAULT_ALGORITHM)) {
    const instead =
      others.length === 0 ? '' : ` If the client is registered with another one, name that: ${others.join(', ')}.`;
    return {
      algorithms: [DEFAULT_ALGORITHM],
      reason: `RS256 is the default of id_token_signed_response_alg.${instead}`,
    };
  }
  if (candidates.length === 1) {
    return {
      algorithms: candidates,
      reason: `${candidates[0]} is the only one that is announced and that the keys verify.`,
    };
  }
  if (candidates.length > 1) {
    return { algorithms: candidates, reason: 'Leave only the one that the client is registered with.' };
  }
  const symmetric = SYMMETRIC_ALGORITHMS.filter((algorithm) => announced?.includes(algorithm));
  return symmetric.length === 0
    ? undefined
    : {
        algorithms: symmetric.slice(0, 1),
        reason: 'No key verifies what the OP announces. What is left are signatures with the client secret.',
      };
}

export interface EntryOptions {
  readonly issuer: string;
  readonly clientId: string | undefined;
  readonly allowPrivateAddresses: boolean;
}

/** A relying parties entry. What cannot be known stands as a placeholder, which the receiver refuses by name. */
export function relyingPartyEntry(
  { issuer, clientId = '<client id>', allowPrivateAddresses }: EntryOptions,
  { algorithms }: ChosenAlgorithms,
) {
  const isSymmetric = SYMMETRIC_ALGORITHMS.some((algorithm) => algorithms.includes(algorithm));
  return {
    issuer,
    clientId,
    algorithms,
    ...(allowPrivateAddresses && { allowPrivateAddresses }),
    ...(isSymmetric && { clientSecret: { secretId: '<name of the secret>' } }),
  };
}
