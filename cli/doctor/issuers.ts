import { discoveryUrlOf, jwksUriIn } from '../../receiver/jwks/discovery.ts';
import { fetchJson } from '../../receiver/jwks/fetch-json.ts';
import { fetchTimeOf } from '../../receiver/jwks/fetch-time.ts';
import { type Jwks, jwksFrom } from '../../receiver/jwks/jwks.ts';
import { distinctLocations, type JwksLocation, partitionOf } from '../../receiver/jwks/jwks-location.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { isSymmetric, type SignatureAlgorithm } from '../../receiver/relying-parties/signature-algorithms.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { clockDifference } from '../clock-difference.ts';
import type { Finding } from '../finding.ts';
import { printable } from '../printable.ts';
import { whyOf } from '../why.ts';
import { clockFinding } from './clock.ts';

/** What an issuer publishes, as far as it can be had. */
export interface PublishedKeys {
  /** Undefined where the discovery document names no place. */
  readonly jwksUri?: string | undefined;
  readonly keys?: Jwks['keys'] | undefined;
  readonly failure?: string | undefined;
  /** By how many seconds the issuer's clock is ahead of ours. */
  readonly offsetSeconds?: number | undefined;
}

/** One of each place that keys are at; relying parties with client secrets alone need none. */
export function locationsOf(relyingParties: readonly RelyingParty[]): readonly JwksLocation[] {
  return distinctLocations(relyingParties.filter(({ algorithms }) => !algorithms.every(isSymmetric)));
}

/**
 * @param receiverOffsetSeconds by how much the receiver's clock is ahead of ours, where that is known: it is the one that
 *   counts
 */
export async function issuerFindings(
  relyingParties: readonly RelyingParty[],
  receiverOffsetSeconds: number | undefined,
): Promise<readonly Finding[]> {
  const findings = locationsOf(relyingParties).map(async (location) => {
    const published = await readPublishedKeys(location);
    const parties = relyingParties.filter((party) => partitionOf(party) === partitionOf(location));
    return [...publishedFindings(location, published, parties), ...clock(location, published, parties)];
  });
  return (await Promise.all(findings)).flat();

  function clock({ issuer }: JwksLocation, { offsetSeconds }: PublishedKeys, parties: readonly RelyingParty[]) {
    const tolerance = Math.min(...parties.map(({ clockToleranceSeconds }) => clockToleranceSeconds));
    const [reference, base] =
      receiverOffsetSeconds === undefined ? ["this machine's", 0] : ["the receiver's", receiverOffsetSeconds];
    return offsetSeconds === undefined ? [] : [clockFinding(issuer, offsetSeconds - base, reference, tolerance)];
  }
}

async function readPublishedKeys(location: JwksLocation): Promise<PublishedKeys> {
  const { issuer, allowPrivateAddresses } = location;
  const options = { ...fetchTimeOf('background'), allowPrivateAddresses };
  let { jwksUri } = location;
  try {
    jwksUri ??= jwksUriIn((await fetchJson(discoveryUrlOf(issuer), options)).json, issuer);
    const askedAt = exactEpochSeconds();
    const { json, headers, ageSeconds } = await fetchJson(jwksUri, options);
    const offsetSeconds = clockDifference(headers.date, ageSeconds, askedAt, exactEpochSeconds());
    return { jwksUri, keys: jwksFrom(json).jwks.keys, offsetSeconds };
  } catch (error) {
    return { jwksUri, failure: whyOf(error) };
  }
}

export function publishedFindings(
  { issuer, jwksUri: configured }: JwksLocation,
  { jwksUri, keys, failure }: PublishedKeys,
  relyingParties: readonly RelyingParty[],
): readonly Finding[] {
  if (jwksUri === undefined) {
    return [
      {
        code: 'discovery',
        level: 'problem',
        text: `${issuer}: its discovery document cannot be used: ${failure}`,
        advice: `see ${discoveryUrlOf(issuer)} with curl; its issuer must be what the relying parties file has, character by character`,
      },
    ];
  }
  const discovery: Finding = {
    code: 'discovery',
    level: 'good',
    text: `${issuer}: ${configured === undefined ? 'its discovery document' : 'the relying parties file'} names ${printable(jwksUri)}`,
  };
  if (!keys) {
    const advice = 'see the URL with curl: a 200 with a JWK Set, without redirect, in 256 KiB and 3 seconds';
    return [
      discovery,
      { code: 'jwks', level: 'problem', text: `${issuer}: its keys cannot be had: ${failure}`, advice },
    ];
  }
  return [discovery, ...keyFindings(issuer, keys, relyingParties)];
}

function keyFindings(issuer: string, keys: Jwks['keys'], relyingParties: readonly RelyingParty[]): readonly Finding[] {
  const signing = keys.filter(({ use }) => use !== 'enc');
  const without = relyingParties.filter(
    ({ algorithms }) => !algorithms.some((algorithm) => signing.some((key) => isFor(key, algorithm))),
  );
  if (without.length > 0) {
    return without.map(({ clientId, algorithms }) => ({
      code: 'jwks',
      level: 'problem',
      text: `${issuer}: none of its ${keys.length} keys is for an algorithm of client ${clientId} (${algorithms.join(', ')})`,
      advice: 'name in algorithms what the OP signs logout tokens of this client with',
    }));
  }
  const kinds = [...new Set(signing.map(({ alg, crv, kty }) => alg ?? crv ?? kty))];
  return [
    {
      code: 'jwks',
      level: 'good',
      text: `${issuer}: ${signing.length} key${signing.length === 1 ? '' : 's'} to verify with (${printable(kinds.join(', '))})`,
    },
  ];
}

/** RFC 7518, section 3.1; RFC 8037, section 3.1. */
function isFor({ kty, crv, alg }: Jwks['keys'][number], algorithm: SignatureAlgorithm): boolean {
  const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
  const fits = /^[RP]S/.test(algorithm)
    ? kty === 'RSA'
    : algorithm.startsWith('ES')
      ? crv === curves[algorithm]
      : kty === 'OKP';
  return fits && !isSymmetric(algorithm) && (alg === undefined || alg === algorithm);
}
