import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import {
  CLAIMANTS,
  CLOCK_TOLERANCE_SECONDS,
  type Claimant,
  type FetchSlot,
  type FetchSlots,
  isFetching,
  isOpen,
} from './fetch-slot.ts';
import {
  claimSlot,
  type JwksCacheItem,
  type JwksCacheTable,
  readItem,
  settleFetched,
  settleSlot,
} from './jwks-cache-table.ts';
import { JwksError } from './jwks-error.ts';
import type { JwksEvent } from './jwks-event.ts';
import type { FetchedJwks } from './jwks-fetch.ts';
import type { JwksLocation } from './jwks-location.ts';
import { type KeySet, keySet } from './key-set.ts';

/** Fresh keys in memory are used for so long without a look at the table: a key that was withdrawn must end. */
const MEMORY_SECONDS = 60;
/** Whatever is sent to us, the table is looked at no more often than this. */
const LOOK_SECONDS = 1;
/** While a usable key is at hand, a logout waits no longer than this for a fresh one: some OPs hang up after 2.5 s. */
const PATIENCE_MILLISECONDS = 500;
/** Pauses between looks at the table for what another instance fetches; the last one again and again. */
const LOOKS_MILLISECONDS = [100, 150, 250, 500, 750];
/** How long it is waited for: as long as it may take, where nobody waits for us, and a request as long as its own would. */
const WAIT_SECONDS: Readonly<Record<Claimant, number>> = { request: 3.5, background: 32 };
/** The same where there are keys to go on with. */
const SHORT_WAIT_SECONDS = 1;

/** What a refresh is for. */
export interface Refresh {
  /** Whether to get the keys also without the slot, where the table fails. */
  readonly isUrgent: boolean;
  /** Whether those that are known do not fit a token. */
  readonly isInDoubt: boolean;
}

/**
 * An issuer's keys as one function instance knows them: from its memory, else from the JWKS cache table, else from the
 * issuer, for which it must hold the fetch slot.
 *
 * Nothing here rejects because the table or the issuer fails: the keys that are known stay.
 */
export class IssuerKeys {
  readonly #table: JwksCacheTable;
  readonly #location: JwksLocation;
  readonly #claimant: Claimant;
  readonly #onEvent: (event: JwksEvent) => void;
  #set: KeySet | undefined;
  #slots: FetchSlots = {};
  #lookedAt = 0;
  #looking: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #lastError: unknown;

  constructor(table: JwksCacheTable, location: JwksLocation, claimant: Claimant, onEvent: (event: JwksEvent) => void) {
    this.#table = table;
    this.#location = location;
    this.#claimant = claimant;
    this.#onEvent = onEvent;
  }

  /** The newest keys that are not too old to be used. */
  get usable(): KeySet | undefined {
    const fetchedAt = this.#set?.fetched.fetchedAt ?? 0;
    return exactEpochSeconds() - fetchedAt < this.#location.jwksMaxStaleSeconds ? this.#set : undefined;
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
   * @throws JwksError `jwks_unavailable` where there are none
   */
  async current(): Promise<KeySet> {
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

  /**
   * Looks at what the table holds before anybody asks for a key. Where the table fails, nobody is told: the first who asks
   * for a key looks again.
   *
   * @param signal aborts when the time for it is spent
   */
  async lookAhead(signal: AbortSignal): Promise<void> {
    try {
      this.#adopt(await readItem(this.#table, this.#location, signal));
      this.#lookedAt = exactEpochSeconds();
    } catch {
      // Nothing is known now that was not before.
    }
  }

  /** Looks at what the table holds, unless that was done a moment ago. */
  async look(): Promise<void> {
    if (!this.#isLookedAt(LOOK_SECONDS)) {
      await this.#look();
    }
  }

  /** Gets the keys from the issuer if the fetch slot is open, or if another instance is fetching them, from there. */
  async refresh(why: Refresh): Promise<void> {
    this.#refreshing ??= this.#refresh(why).finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #renewed(): Promise<void> {
    await this.look();
    if (!this.#isFresh()) {
      await this.refresh({ isUrgent: !this.usable, isInDoubt: false });
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
    this.#lookedAt = exactEpochSeconds();
  }

  async #refresh(why: Refresh): Promise<void> {
    const now = exactEpochSeconds();
    if (isOpen(this.#slot, this.#claimant, now)) {
      await this.#claimAndFetch(why, now);
    } else {
      await this.#othersResult();
    }
  }

  async #claimAndFetch(why: Refresh, now: number): Promise<void> {
    const claim = randomUUID();
    const slot = await this.#claimedSlot(claim, now);
    if (slot?.claim === claim) {
      await this.#fetch(claim, why, now);
    } else if (!isOpen(slot, this.#claimant, now)) {
      await this.#othersResult();
    } else {
      // Nobody knows. Each instance for itself then: the cooldown holds for this one at least.
      this.#slots = this.#settled(claim, now);
      if (why.isUrgent) {
        this.#onEvent({ type: 'slot_unguarded', issuer: this.#location.issuer });
        await this.#fetch(claim, why, now);
      }
    }
  }

  /** The slot as the table has it after our claim, ours or another's; as it was before where that cannot be known. */
  async #claimedSlot(claim: string, now: number): Promise<FetchSlot | undefined> {
    try {
      this.#adopt(await claimSlot(this.#table, this.#location, { claimant: this.#claimant, claim }, now));
    } catch (error) {
      this.#cacheFailed(error);
      // The claim may stand all the same, its answer lost; or too many claim at once for the table to take this one.
      await this.#look();
    }
    return this.#slot;
  }

  /** Waits for what another instance fetches, for as long as that can take, or where there are keys, a moment. */
  async #othersResult(): Promise<void> {
    if (!this.#isFetchedByAnother()) {
      return;
    }
    this.#onEvent({ type: 'slot_lost', issuer: this.#location.issuer });
    const until = exactEpochSeconds() + (this.usable ? SHORT_WAIT_SECONDS : WAIT_SECONDS[this.#claimant]);
    for (let look = 0; exactEpochSeconds() < until && this.#isFetchedByAnother(); look++) {
      await setTimeout(LOOKS_MILLISECONDS[Math.min(look, LOOKS_MILLISECONDS.length - 1)]);
      await this.#look();
    }
  }

  /** In whosoever's slot: what it brings is for all. */
  #isFetchedByAnother(): boolean {
    const now = exactEpochSeconds();
    return CLAIMANTS.some((claimant) => isFetching(this.#slots[claimant], claimant, now));
  }

  async #fetch(claim: string, { isInDoubt }: Refresh, now: number): Promise<void> {
    const { issuer } = this.#location;
    const claimant = this.#claimant;
    try {
      // Loaded when it is needed: most instances never fetch.
      const { fetchJwks } = await import('./jwks-fetch.ts');
      const known = this.#set?.fetched;
      const { fetched, isModified, skippedKeys } = await fetchJwks(this.#location, known, { claimant, isInDoubt, now });
      const ageSeconds = fetched.fetchedAt - fetched.asOf;
      this.#onEvent({ type: 'fetched', issuer, isModified, skippedKeys, ageSeconds });
      this.#adopt({ slots: this.#settled(claim, now), fetched });
      await this.#settle(2, () => settleFetched(this.#table, this.#location, { claimant, claim }, fetched));
    } catch (error) {
      this.#lastError = error;
      this.#onEvent({ type: 'fetch_failed', issuer, error });
      this.#slots = this.#settled(claim, now);
      await this.#settle(1, () => settleSlot(this.#table, this.#location, { claimant, claim }));
    }
  }

  /** Brings to the table what came of a fetch. Keys once more where it fails: all others would wait for the next fetch. */
  async #settle(tries: number, write: () => Promise<void>): Promise<void> {
    for (let left = tries; left > 0; left--) {
      try {
        await write();
        return;
      } catch (error) {
        this.#cacheFailed(error);
      }
    }
  }

  #settled(claim: string, claimedAt: number): FetchSlots {
    return { ...this.#slots, [this.#claimant]: { claim, claimedAt, settledClaim: claim } };
  }

  get #slot(): FetchSlot | undefined {
    return this.#slots[this.#claimant];
  }

  /** Never an older set for a newer one, and none from the future: nobody could say how old it is. */
  #adopt({ slots, fetched }: JwksCacheItem): void {
    this.#slots = slots;
    const isSane = fetched && fetched.fetchedAt <= exactEpochSeconds() + CLOCK_TOLERANCE_SECONDS;
    if (isSane && fetched.fetchedAt > (this.#set?.fetched.fetchedAt ?? 0)) {
      this.#set = keySet(fetched, this.#set);
      this.#lastError = undefined;
    }
  }

  #isFresh(): boolean {
    return exactEpochSeconds() < (this.#set?.fetched.freshUntil ?? 0);
  }

  #isLookedAt(seconds: number): boolean {
    return Math.abs(exactEpochSeconds() - this.#lookedAt) < seconds;
  }

  #cacheFailed(error: unknown): void {
    this.#onEvent({ type: 'cache_failed', issuer: this.#location.issuer, error });
  }
}
