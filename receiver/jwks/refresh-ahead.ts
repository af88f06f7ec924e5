import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwksCacheTable } from './jwks-cache-table.ts';
import type { JwksEvent } from './jwks-event.ts';
import type { JwksLocation } from './jwks-location.ts';

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
