import { once } from 'node:events';
import { epochMilliseconds } from '../../relying-party/sessions/clock.ts';
import type { LatestConfiguration } from './appconfig-session.ts';
import { MOST_BYTES, parseRelyingParties } from './relying-parties.ts';
import { RelyingPartiesError } from './relying-parties-error.ts';
import { indexedRelyingParties, type RelyingPartiesIndex } from './relying-parties-index.ts';
import { type RelyingPartiesSource, RelyingPartiesUnavailable } from './relying-parties-source.ts';

/** What becomes of looks at the configuration, for log lines and metrics. */
export type RelyingPartiesEvent =
  | { readonly type: 'changed'; readonly relyingParties: number; readonly versionLabel: string | undefined }
  /** With each look, for as long as the newest configuration is a broken one. */
  | { readonly type: 'refused'; readonly error: RelyingPartiesError; readonly isNew: boolean }
  | { readonly type: 'unreadable'; readonly error: unknown };

/** How to ask for the configuration. */
export type Look = (signal: AbortSignal) => Promise<LatestConfiguration>;

/** A configuration is live within a minute: so old is what a request is judged by at most, and some seconds for the look. */
const POLL_SECONDS = 30;
/** After a look that failed. */
const COOLDOWN_SECONDS = 5;
/** For a look; OPs wait for 2.5 s and longer. */
const LOOK_MILLISECONDS = 2000;
/** So long a request waits for a look that it can do without: what is known is not old, or looks fail anyway. */
const WAIT_MILLISECONDS = 500;
const OLD_SECONDS = 60;
const NONE = indexedRelyingParties({ relyingParties: [], maxBodyBytes: MOST_BYTES, maxTokenBytes: MOST_BYTES });

/**
 * Relying parties that can change while the function runs.
 *
 * A configuration that breaks a rule is refused, and the one before it stays. While the newest one is broken or cannot be
 * read, nobody is refused for not being among the relying parties: he may be one of the newest.
 */
export class LiveRelyingParties implements RelyingPartiesSource {
  readonly #askFor: Look;
  readonly #onEvent: (event: RelyingPartiesEvent) => void;
  #index: RelyingPartiesIndex | undefined;
  /** The newest configuration, good or broken. */
  #text: string | undefined;
  /** Why the newest is refused. */
  #refusal: RelyingPartiesError | undefined;
  /** Why the newest is not known. */
  #failure: unknown = new Error('never read');
  #looking: Promise<void> | undefined;
  /** In epoch milliseconds: when a look succeeded last. */
  #readAt = 0;
  /** In epoch milliseconds: when a request may ask anew. */
  #mayAskAt = 0;
  /** In epoch milliseconds: when the next request looks. */
  #dueAt = 0;

  /**
   * @param askFor asks for the configuration
   * @param onEvent is told what becomes of it
   */
  constructor(askFor: Look, onEvent: (event: RelyingPartiesEvent) => void) {
    this.#askFor = askFor;
    this.#onEvent = onEvent;
  }

  async known(): Promise<RelyingPartiesIndex> {
    if (epochMilliseconds() >= this.#dueAt) {
      await this.#look(this.#canDoWithout() ? WAIT_MILLISECONDS : LOOK_MILLISECONDS);
    }
    return this.#index ?? NONE;
  }

  /** Where an instance was idle for long, one request waits longer, rather than be judged by what was removed since. */
  #canDoWithout(): boolean {
    const isOld = epochMilliseconds() - this.#readAt >= OLD_SECONDS * 1000;
    return this.#index !== undefined && (!isOld || this.#failure !== undefined);
  }

  async renewed(): Promise<RelyingPartiesIndex> {
    if (epochMilliseconds() >= this.#mayAskAt) {
      await this.#look(LOOK_MILLISECONDS);
    }
    const why = this.#looking ? new Error('the look takes too long') : (this.#failure ?? this.#refusal);
    if (!this.#index || why) {
      throw new RelyingPartiesUnavailable('the newest relying parties are not known', { cause: why });
    }
    return this.#index;
  }

  /** All who ask at the same time wait for one look, each only so long. */
  async #look(milliseconds: number): Promise<void> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    const isOver = AbortSignal.timeout(milliseconds);
    const settled = new AbortController();
    const spent = once(isOver, 'abort', { signal: settled.signal }).catch(() => undefined);
    await Promise.race([this.#looking, spent]);
    settled.abort();
  }

  async #read(): Promise<void> {
    try {
      const latest = await this.#askFor(AbortSignal.timeout(LOOK_MILLISECONDS));
      this.#take(latest);
      this.#failure = undefined;
      this.#readAt = epochMilliseconds();
      this.#pause(latest.nextPollSeconds, Math.max(latest.nextPollSeconds, POLL_SECONDS));
    } catch (error) {
      this.#failure = error;
      this.#pause(COOLDOWN_SECONDS, COOLDOWN_SECONDS);
      this.#onEvent({ type: 'unreadable', error });
    }
  }

  #pause(secondsUntilMayAsk: number, secondsUntilDue: number): void {
    const now = epochMilliseconds();
    this.#mayAskAt = now + secondsUntilMayAsk * 1000;
    this.#dueAt = now + secondsUntilDue * 1000;
  }

  #take({ text = this.#text, versionLabel }: LatestConfiguration): void {
    if (text === undefined) {
      throw new Error('AppConfig has no configuration');
    }
    const isNew = text !== this.#text;
    if (isNew) {
      this.#judge(text, versionLabel);
      this.#text = text;
    }
    if (this.#refusal) {
      this.#onEvent({ type: 'refused', error: this.#refusal, isNew });
    }
  }

  #judge(text: string, versionLabel: string | undefined): void {
    try {
      const file = parseRelyingParties(text, 'the configuration');
      this.#index = indexedRelyingParties(file);
      this.#refusal = undefined;
      this.#onEvent({ type: 'changed', relyingParties: file.relyingParties.length, versionLabel });
    } catch (error) {
      if (!(error instanceof RelyingPartiesError)) {
        throw error;
      }
      this.#refusal = error;
    }
  }
}
