import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CLOCK_TOLERANCE_SECONDS, type FetchSlot, isFetching, isOpen, nextFetchAfter } from './fetch-slot.ts';
import {
  claimSlot,
  type JwksCacheItem,
  type JwksCacheTable,
  readItem,
  settleFailed,
  settleFetched,
} from './jwks-cache-table.ts';
import { JwksError } from './jwks-error.ts';
import type { JwksEvent } from './jwks-event.ts';
import type { FetchedJwks } from './jwks-fetch.ts';
import type { JwksLocation } from './jwks-location.ts';
import { type KeySet, keySet, kidHash } from './key-set.ts';

/** Fresh keys in memory are used for so long without a look at the table: a key that was withdrawn must end. */
const MEMORY_SECONDS = 60;
/** Whatever is sent to us, the table is looked at no more often than this. */
const LOOK_SECONDS = 1;
/** While a usable key is at hand, a logout waits no longer than this for a fresh one: some OPs hang up after 2.5 s. */
const PATIENCE_MILLISECONDS = 500;
/** When the table is looked at for what another instance fetches; the issuer is given 3 s. */
const LOOKS_MILLISECONDS = [100, 150, 250, 500, 750, 750, 1000];
/** The same while there are keys to go on with. */
const FEW_LOOKS = 4;
/** Key ids that one fetch can show to be absent. They come from whoever sends tokens. */
const MAX_ABSENT_KIDS = 20;

/**
 * An issuer's keys as one function instance knows them: from its memory, else from the JWKS cache table, else from the
 * issuer, for which it must hold the fetch slot.
 *
 * Nothing here rejects because the table or the issuer fails: the keys that are known stay.
 */
export class IssuerKeys {
  readonly #table: JwksCacheTable;
  readonly #location: JwksLocation;
  readonly #onEvent: (event: JwksEvent) => void;
  readonly #wantedKids = new Set<string | undefined>();
  #set: KeySet | undefined;
  #slot: FetchSlot | undefined;
  #lookedAt = 0;
  #looking: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #lastError: unknown;

  constructor(table: JwksCacheTable, location: JwksLocation, onEvent: (event: JwksEvent) => void) {
    this.#table = table;
    this.#location = location;
    this.#onEvent = onEvent;
  }

  /** The newest keys that are not too old to be used. */
  get usable(): KeySet | undefined {
    const fetchedAt = this.#set?.fetched.fetchedAt ?? 0;
    return epochSeconds() - fetchedAt < this.#location.jwksMaxStaleSeconds ? this.#set : undefined;
  }

  /** The newest keys that are known, however old. */
  get newest(): FetchedJwks | undefined {
    return this.#set?.fetched;
  }

  /** Why there are no newer keys, where it is known. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /**
   * The keys to use now: fresh ones, or where they cannot be had at once, the newest that are not too old.
   *
   * @param kid that is looked for
   * @throws JwksError `jwks_unavailable` where there are none
   */
  async current(kid: string | undefined): Promise<KeySet> {
    this.#want(kid);
    const known = this.usable;
    if (known && this.#isFresh() && this.#isLookedAt(MEMORY_SECONDS)) {
      return known;
    }
    const renewal = this.#renewed();
    await (known ? Promise.race([renewal, setTimeout(PATIENCE_MILLISECONDS, undefined, { ref: false })]) : renewal);
    const { usable } = this;
    if (!usable) {
      const message = `the keys of ${this.#location.issuer} cannot be had`;
      throw new JwksError('jwks_unavailable', message, { cause: this.#lastError });
    }
    return usable;
  }

  /** Looks at what the table holds, unless that was done a moment ago. */
  async look(): Promise<void> {
    if (!this.#isLookedAt(LOOK_SECONDS)) {
      await this.#look();
    }
  }

  /**
   * Gets the keys from the issuer if the fetch slot is open, or if another instance is fetching them, from there.
   *
   * @param isUrgent whether to do so also without the slot, where the table fails
   */
  async refresh(isUrgent: boolean): Promise<void> {
    this.#refreshing ??= this.#refresh(isUrgent).finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #renewed(): Promise<void> {
    await this.look();
    if (!this.#isFresh()) {
      await this.refresh(!this.usable);
    }
  }

  async #look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #read(): Promise<void> {
    try {
      this.#adopt(await readItem(this.#table, this.#location));
    } catch (error) {
      this.#cacheFailed(error);
    }
    this.#lookedAt = epochSeconds();
  }

  async #refresh(isUrgent: boolean): Promise<void> {
    const now = epochSeconds();
    if (isOpen(this.#slot, now)) {
      await this.#claimAndFetch(isUrgent, now);
    } else if (isFetching(this.#slot, now)) {
      await this.#winnersResult();
    }
  }

  async #claimAndFetch(isUrgent: boolean, now: number): Promise<void> {
    const claim = randomUUID();
    const slot = await this.#claimedSlot(claim, now);
    if (slot?.claim === claim) {
      await this.#fetch(claim, now);
    } else if (!isOpen(slot, now)) {
      await (isFetching(slot, now) ? this.#winnersResult() : undefined);
    } else {
      // Nobody knows. Each instance for itself then: the cooldown holds for this one at least.
      const failures = slot?.failures ?? 0;
      const nextFetchAt = nextFetchAfter(now, failures);
      this.#slot = { claim, claimedAt: now, settledClaim: claim, nextFetchAt, failures };
      if (isUrgent) {
        this.#onEvent({ type: 'slot_unguarded', issuer: this.#location.issuer });
        await this.#fetch(claim, now);
      }
    }
  }

  /** The slot as the table has it after our claim, ours or another's; as it was before where that cannot be known. */
  async #claimedSlot(claim: string, now: number): Promise<FetchSlot | undefined> {
    try {
      const item = await claimSlot(this.#table, this.#location, claim, now);
      this.#adopt(item);
      return item.slot;
    } catch (error) {
      this.#cacheFailed(error);
      // The claim may stand all the same, its answer lost; or too many claim at once for the table to take this one.
      await this.#look();
      return this.#slot;
    }
  }

  /** Waits for what another instance fetches, for as long as that can take, or where there are keys, a moment. */
  async #winnersResult(): Promise<void> {
    this.#onEvent({ type: 'slot_lost', issuer: this.#location.issuer });
    for (const pause of LOOKS_MILLISECONDS.slice(0, this.usable ? FEW_LOOKS : undefined)) {
      await setTimeout(pause);
      await this.#look();
      if (!isFetching(this.#slot, epochSeconds())) {
        return;
      }
    }
  }

  async #fetch(claim: string, now: number): Promise<void> {
    const { issuer } = this.#location;
    try {
      // Loaded when it is needed: most instances never fetch.
      const { fetchJwks } = await import('./jwks-fetch.ts');
      const { fetched, isModified, skippedKeys } = await fetchJwks(this.#location, this.#set?.fetched, now);
      this.#onEvent({ type: 'fetched', issuer, isModified, skippedKeys });
      await this.#keepFetched(claim, fetched);
    } catch (error) {
      this.#lastError = error;
      this.#onEvent({ type: 'fetch_failed', issuer, error });
      await this.#keepFailure(claim, now);
    }
  }

  async #keepFetched(claim: string, fetched: FetchedJwks): Promise<void> {
    const kids = new Set(fetched.jwks.keys.map(({ kid }) => kid));
    const absentKids = [...this.#wantedKids].filter((kid) => !kids.has(kid)).map(kidHash);
    this.#wantedKids.clear();
    const slot = this.#slot && { ...this.#slot, failures: 0, settledClaim: claim };
    this.#adopt({ slot, fetched, absentKids });
    // Once more where it fails: all other instances would have to wait for the next fetch.
    for (let tries = 0; tries < 2; tries++) {
      try {
        await settleFetched(this.#table, this.#location, claim, fetched, absentKids);
        return;
      } catch (error) {
        this.#cacheFailed(error);
      }
    }
  }

  async #keepFailure(claim: string, now: number): Promise<void> {
    const failures = (this.#slot?.failures ?? 0) + 1;
    this.#slot = { claim, claimedAt: now, settledClaim: claim, nextFetchAt: nextFetchAfter(now, failures), failures };
    try {
      await settleFailed(this.#table, this.#location, claim, now, failures);
    } catch (error) {
      this.#cacheFailed(error);
    }
  }

  /** Never an older set for a newer one, and none from the future: nobody could say how old it is. */
  #adopt({ slot, fetched, absentKids }: JwksCacheItem): void {
    this.#slot = slot;
    const isSane = fetched && fetched.fetchedAt <= epochSeconds() + CLOCK_TOLERANCE_SECONDS;
    if (isSane && fetched.fetchedAt > (this.#set?.fetched.fetchedAt ?? 0)) {
      this.#set = keySet(fetched, absentKids);
      this.#lastError = undefined;
    }
  }

  #want(kid: string | undefined): void {
    this.#wantedKids.add(kid);
    const [oldest] = this.#wantedKids;
    if (this.#wantedKids.size > MAX_ABSENT_KIDS) {
      this.#wantedKids.delete(oldest);
    }
  }

  #isFresh(): boolean {
    return epochSeconds() < (this.#set?.fetched.freshUntil ?? 0);
  }

  #isLookedAt(seconds: number): boolean {
    return Math.abs(epochSeconds() - this.#lookedAt) < seconds;
  }

  #cacheFailed(error: unknown): void {
    this.#onEvent({ type: 'cache_failed', issuer: this.#location.issuer, error });
  }
}

function epochSeconds(): number {
  return Date.now() / 1000;
}
