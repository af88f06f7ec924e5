/** What an operation takes of DynamoDB. */
export interface OperationUnits {
  /** Write request units. */
  readonly writes: number;
  /** Read request units. */
  readonly reads: number;
  /** Calls one after the other: what leaves at once is one round trip. */
  readonly roundTrips: number;
}

/** Of the sessions table, for items up to 1 KB where nothing else is said. test/units/ holds the code to them. */
export const OPERATION_UNITS = {
  'login with a sid': { writes: 3, reads: 2, roundTrips: 3 },
  'login without a sid': { writes: 2, reads: 1, roundTrips: 3 },
  'login with 10 KB of data': { writes: 13, reads: 2, roundTrips: 3 },
  'login that was logged out': { writes: 5, reads: 2, roundTrips: 4 },
  'login as the sixth of five sessions': { writes: 6, reads: 9, roundTrips: 7 },
  'read of a session': { writes: 0, reads: 1, roundTrips: 1 },
  'read of a session with 10 KB of data': { writes: 0, reads: 3, roundTrips: 1 },
  'read of a session that is not there': { writes: 0, reads: 1, roundTrips: 1 },
  'save of a session': { writes: 1, reads: 0, roundTrips: 1 },
  'save of a session with 10 KB of data': { writes: 11, reads: 0, roundTrips: 1 },
  'save of a session that has ended': { writes: 1, reads: 0, roundTrips: 1 },
  'list of ten sessions': { writes: 0, reads: 11, roundTrips: 2 },
  'local sign-out': { writes: 3, reads: 0, roundTrips: 2 },
  'sign-out of ten sessions everywhere': { writes: 31, reads: 2, roundTrips: 5 },
  'check with sub and sid': { writes: 0, reads: 2, roundTrips: 1 },
  'check with sub and sid, from maxAgeSeconds 4 on': { writes: 0, reads: 1, roundTrips: 1 },
  'check with sub alone': { writes: 0, reads: 1, roundTrips: 1 },
  'logout by sid': { writes: 5, reads: 2, roundTrips: 3 },
  'logout by sub': { writes: 5, reads: 2, roundTrips: 3 },
  'logout of a session with 10 KB of data': { writes: 15, reads: 2, roundTrips: 3 },
  'logout of ten sessions by sub': { writes: 32, reads: 2, roundTrips: 3 },
  'logout of no session': { writes: 2, reads: 2, roundTrips: 3 },
  'logout of two clients': { writes: 9, reads: 4, roundTrips: 3 },
  'logout where replays are refused': { writes: 6, reads: 2, roundTrips: 4 },
  replay: { writes: 2, reads: 3, roundTrips: 4 },
  'replay that is refused': { writes: 1, reads: 1, roundTrips: 1 },
  'look after a logout that is done': { writes: 0, reads: 2, roundTrips: 2 },
  'look after a logout of two clients': { writes: 0, reads: 4, roundTrips: 4 },
} as const satisfies Record<string, OperationUnits>;

export type Operation = keyof typeof OPERATION_UNITS;

/** The same of the JWKS cache table. */
export const KEY_UNITS = {
  'first look of a new instance': { writes: 0, reads: 1, roundTrips: 1 },
  'later logout of an instance': { writes: 0, reads: 0, roundTrips: 0 },
  'refresh that is not due': { writes: 0, reads: 1, roundTrips: 1 },
  'refresh that fetches': { writes: 2, reads: 1, roundTrips: 3 },
} as const satisfies Record<string, OperationUnits>;

export type KeyOperation = keyof typeof KEY_UNITS;
