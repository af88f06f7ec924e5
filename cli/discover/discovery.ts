import type { Finding } from '../finding.ts';
import { type Fetched, fetchedOrFinding, fetchProviderDocument } from '../openid-provider/provider-document.ts';
import type { ProviderMetadata } from '../openid-provider/provider-metadata.ts';
import { printable } from '../printable.ts';
import { keyFindings } from './key-findings.ts';
import { mechanismFindings } from './mechanism-findings.ts';
import { type PublishedKey, publishedKeys } from './published-keys.ts';
import {
  type ChosenAlgorithms,
  chosenAlgorithms,
  type EntryOptions,
  relyingPartyEntry,
} from './relying-party-entry.ts';
import { differenceOf, slowness, timeFindings } from './time-findings.ts';

/** All that was found out about an OP. */
export interface Discovery {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly document: DocumentAge | undefined;
  readonly metadata: ProviderMetadata;
  readonly keys: readonly PublishedKey[];
  readonly findings: readonly Finding[];
  readonly chosen: ChosenAlgorithms | undefined;
  readonly relyingParty: ReturnType<typeof relyingPartyEntry> | undefined;
}

/** Times in seconds. */
interface DocumentAge {
  /** For how long it was in caches. */
  readonly ageSeconds: number;
  readonly cacheControl: string | undefined;
  /** For how long the receiver uses it. */
  readonly freshSeconds: number;
  /** Positive where the OP's clock is ahead. */
  readonly clockDifferenceSeconds: number | undefined;
}

/**
 * Looks at an OP as the receiver does.
 *
 * @throws FailedError where nothing answers
 */
export async function discovered(options: EntryOptions): Promise<Discovery> {
  const { issuer, allowPrivateAddresses } = options;
  const document = await fetchProviderDocument(issuer, allowPrivateAddresses);
  const known = {
    issuer,
    discoveryUrl: document.url,
    document: document.read && documentAge(document.read.fetched),
    metadata: document.read?.metadata ?? {},
  };
  const nothing = { keys: [], chosen: undefined, relyingParty: undefined };
  if (!document.read || document.jwksUri === undefined) {
    return { ...known, ...nothing, findings: document.findings };
  }
  const { metadata, fetched } = document.read;
  const findings = [...document.findings, ...mechanismFindings(metadata), ...timeFindings(fetched)];
  const { keys, findings: ofKeys } = await lookedAtKeys(document.jwksUri, allowPrivateAddresses);
  const chosen = chosenAlgorithms(metadata.id_token_signing_alg_values_supported, keys);
  return {
    ...known,
    keys,
    findings: [...findings, ...ofKeys, ...algorithmFindings(metadata, keys, chosen)],
    chosen,
    relyingParty: chosen && relyingPartyEntry(options, chosen),
  };
}

async function lookedAtKeys(
  jwksUri: string,
  allowPrivateAddresses: boolean,
): Promise<{ readonly keys: readonly PublishedKey[]; readonly findings: readonly Finding[] }> {
  const { fetched, finding } = await fetchedOrFinding(jwksUri, allowPrivateAddresses);
  if (!fetched) {
    return { keys: [], findings: [finding] };
  }
  const published = await publishedKeys(fetched.response.json);
  if (!published) {
    const text = `${printable(jwksUri)} answered what is no JWK Set: it has no list "keys".`;
    return {
      keys: [],
      findings: [{ code: 'no_jwks', level: 'problem', text, advice: 'Tell the operator of the OP.' }],
    };
  }
  return { keys: published.keys, findings: [...slowness(fetched), ...keyFindings(published.keys, published.cutOff)] };
}

function algorithmFindings(
  { id_token_signing_alg_values_supported: announced }: ProviderMetadata,
  keys: readonly PublishedKey[],
  chosen: ChosenAlgorithms | undefined,
): Finding[] {
  if (announced === undefined) {
    const text = 'The OP does not announce id_token_signing_alg_values_supported: the entry goes by its keys.';
    return [{ code: 'algorithms_not_announced', level: 'note', text }];
  }
  if (!chosen && keys.some(({ verifies }) => verifies.length > 0)) {
    return [
      {
        code: 'algorithms_disjoint',
        level: 'problem',
        text: `The keys verify none of the algorithms that the OP announces (${printable(announced.join(', '), 100)}).`,
        advice: 'Tell the operator of the OP: one of the two is wrong.',
      },
    ];
  }
  return [];
}

function documentAge(fetched: Fetched): DocumentAge {
  const { ageSeconds, freshSeconds, headers } = fetched.response;
  return {
    ageSeconds,
    cacheControl: headers['cache-control'],
    freshSeconds,
    clockDifferenceSeconds: differenceOf(fetched),
  };
}
