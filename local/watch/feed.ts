import type { FeedEvent, NumberedEvent } from './feed-event.ts';

export type { FeedEvent, NumberedEvent } from './feed-event.ts';

/** Events that are kept for those who come later. */
export const MOST_EVENTS = 1_000;
/** Of the kept events together, as JSON: whoever can send requests fills the feed. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** What happens in a local run, in its order. */
export interface Feed {
  publish(event: FeedEvent): void;
  /**
   * Hears of kept events at once, and of later ones as they come.
   *
   * @param after the id of the last event that is known already; undefined where none is
   * @returns what ends it
   */
  subscribe(after: number | undefined, listener: (event: NumberedEvent) => void): () => void;
}

/** Starts a feed with nothing in it. */
export function createFeed(): Feed {
  const kept: { readonly event: NumberedEvent; readonly characters: number }[] = [];
  const listeners = new Set<(event: NumberedEvent) => void>();
  let characters = 0;
  // A page stays open from one run to the next, and asks for what comes after the last event that it knows.
  let id = Date.now();
  return {
    publish(event) {
      id++;
      const numbered = { ...event, id, at: performance.timeOrigin + performance.now() };
      const added = JSON.stringify(numbered).length;
      kept.push({ event: numbered, characters: added });
      characters += added;
      while (kept.length > MOST_EVENTS || (characters > MOST_CHARACTERS && kept.length > 1)) {
        characters -= kept.shift()?.characters ?? 0;
      }
      for (const listener of listeners) {
        listener(numbered);
      }
    },
    subscribe(after = 0, listener) {
      for (const { event } of kept.filter((each) => each.event.id > after)) {
        listener(event);
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
