import { type Claimant, FETCH_MILLISECONDS } from './fetch-slot.ts';

/** The time that a fetch has. */
export interface FetchTime {
  /** Aborts when it is spent. */
  readonly signal: AbortSignal;
  readonly milliseconds: number;
  /** Of it for each name, connection and TLS. */
  readonly connectMilliseconds: number;
}

export function fetchTimeOf(claimant: Claimant): FetchTime {
  const milliseconds = FETCH_MILLISECONDS[claimant];
  return { signal: AbortSignal.timeout(milliseconds), milliseconds, connectMilliseconds: milliseconds / 3 };
}

/** The first part of a time, where there is something to do with the rest. */
export function shareOf({ signal, milliseconds, connectMilliseconds }: FetchTime, share: number): FetchTime {
  const part = Math.round(milliseconds * share);
  return { signal: AbortSignal.any([signal, AbortSignal.timeout(part)]), milliseconds: part, connectMilliseconds };
}
