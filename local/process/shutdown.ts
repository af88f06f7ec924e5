/** What has to be ended when the local run ends: processes, servers, temporary files. */
export interface Shutdown {
  /** Whether the end has begun. What breaks from then on is no news. */
  readonly hasBegun: boolean;
  /** Adds something to end. When the end has already begun, it is ended at once. */
  onEnd(end: () => Promise<void>): void;
  /** Ends everything that was added, at the same time. It never rejects. */
  end(): Promise<void>;
}

/** Starts with nothing to end. */
export function createShutdown(): Shutdown {
  const ends: (() => Promise<void>)[] = [];
  const ending: Promise<void>[] = [];
  let hasBegun = false;
  return {
    get hasBegun() {
      return hasBegun;
    },
    onEnd(end) {
      if (hasBegun) {
        ending.push(end());
      } else {
        ends.push(end);
      }
    },
    async end() {
      hasBegun = true;
      ending.push(...ends.splice(0).map((end) => end()));
      for (let settled = 0; settled < ending.length; ) {
        settled = ending.length;
        await Promise.allSettled(ending);
      }
    },
  };
}
