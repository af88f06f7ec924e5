/** What becomes of a logout whose token has this key id. */
export type Outcome =
  | 'verified'
  /** Kept, to be tried again. */
  | 'deferred'
  /** Not done, and whoever sent it must send it again. */
  | 'failed'
  /** Said to be wrong: nobody will try it again. */
  | 'refused';

/** A way to get an issuer's keys, on any number of function instances. */
export interface Contestant {
  /** Starts a function instance that knows nothing yet. */
  newInstance(): (kid: string) => Promise<Outcome>;
  /** What comes every five minutes beside the requests. */
  refresh?(): Promise<unknown>;
  /** Tries a logout again that was deferred, on another instance. `receivedAt` is epoch seconds. */
  retry?(kid: string, receivedAt: number): Promise<Outcome>;
}

/** Time that passes when it is told. */
export interface Clock {
  advance(seconds: number): void;
}
