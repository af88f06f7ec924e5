import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwksCacheTable } from './jwks-cache-table.ts';
import type { JwksEvent } from './jwks-event.ts';
import type { JwksLocation } from './jwks-location.ts';

/** A Lambda function has 1,024 file descriptors, of which each fetch takes some, and DynamoDB's connections. */
const MOST_AT_ONCE = 250;

/** How old an issuer's keys are. */
export interface KeysAge {
  readonly issuer: string;
  /** Undefined where none could be had yet. */
  readonly ageSeconds: number | undefined;
  /** In times for which the issuer's keys are fresh: more than 1 where they should have been fetched anew. */
  readonly ageInIntervals: number;
}

/**
 * Fetches an issuer's keys, in the background's fetch slot, if they would not stay fresh until it is done again.
 *
 * @param aheadSeconds until it is done again, at the latest
 */
export async function refreshAhead(
  table: JwksCacheTable,
  location: JwksLocation,
  aheadSeconds: number,
  onEvent: (event: JwksEvent) => void,
): Promise<KeysAge> {
  // Made anew each time: what matters is what the table holds.
  const keys = new IssuerKeys(table, location, 'background', onEvent);
  await keys.look();
  if ((keys.newest?.freshUntil ?? 0) < exactEpochSeconds() + aheadSeconds) {
    await keys.refresh({ isUrgent: false, isInDoubt: false });
  }
  const { issuer } = location;
  if (!keys.newest) {
    return { issuer, ageSeconds: undefined, ageInIntervals: Number.POSITIVE_INFINITY };
  }
  const { fetchedAt, freshUntil } = keys.newest;
  const ageSeconds = Math.max(0, exactEpochSeconds() - fetchedAt);
  return { issuer, ageSeconds, ageInIntervals: ageSeconds / (freshUntil - fetchedAt) };
}

/**
 * Fetches the keys of issuers that would not stay fresh, as `refreshAhead` does, of so many issuers at the same time that one
 * which hangs delays no other.
 *
 * @param mostAtOnce of more, the others wait for those
 */
export async function refreshAllAhead(
  table: JwksCacheTable,
  locations: readonly JwksLocation[],
  aheadSeconds: number,
  onEvent: (event: JwksEvent) => void,
  mostAtOnce = MOST_AT_ONCE,
): Promise<readonly KeysAge[]> {
  const ages: KeysAge[] = [];
  const waiting = locations.values();
  const takeOneByOne = async () => {
    for (const location of waiting) {
      ages.push(await refreshAhead(table, location, aheadSeconds, onEvent));
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, takeOneByOne));
  return ages;
}
