/** A call of DynamoDB on one item, or on the pointers of one scope. */
export interface Call {
  readonly writes: number;
  readonly reads: number;
  /** Calls on the same place reach the same partition. Each logout has places of its own, unless one is shared. */
  readonly place: Place;
}

export type Place = 'token' | 'scope' | 'otherScope' | 'session' | 'issuer';

/** Calls that leave at once: one round trip. */
export type RoundTrip = readonly Call[];

const write = (place: Place): Call => ({ writes: 1, reads: 0, place });
const read = (place: Place): Call => ({ writes: 0, reads: 1, place });

/**
 * The logout of one session: it claims the token and reads the pointers, writes the marker and ends the session, reads the
 * pointers again and deletes them. A test holds it to the units that are measured.
 */
export const LOGOUT: readonly RoundTrip[] = [
  [write('token'), read('scope')],
  [write('scope'), write('session')],
  [read('scope'), write('scope'), write('otherScope')],
];

/** What a new environment reads of an issuer's keys, in the JWKS cache table. */
export const KEYS: readonly RoundTrip[] = [[read('issuer')]];

/** What InterruptedLogout reads of a logout that is done: its marker and its pointers. */
export const LOOK: readonly RoundTrip[] = [[read('scope')], [read('scope')]];

export function unitsOf(roundTrips: readonly RoundTrip[]): { readonly writes: number; readonly reads: number } {
  const calls = roundTrips.flat();
  return {
    writes: calls.reduce((sum, { writes }) => sum + writes, 0),
    reads: calls.reduce((sum, { reads }) => sum + reads, 0),
  };
}
