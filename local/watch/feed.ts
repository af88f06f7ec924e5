import { attempt } from './attempt.ts';
import type { FeedEvent, NumberedEvent } from './feed-event.ts';

export type { FeedEvent, NumberedEvent } from './feed-event.ts';

/** Events that are kept for those who come later. */
export const MOST_EVENTS = 1_000;
/** Of the kept events together, as JSON: whoever can send requests fills the feed. */
const MOST_CHARACTERS = 8 * 1024 * 1024;
/** Of one event, as JSON. */
const MOST_EVENT_CHARACTERS = 64 * 1024;

/** @param json the event, as it is sent */
export type FeedListener = (event: NumberedEvent, json: string) => void;

/** What happens in a local run, in its order. */
export interface Feed {
  /** Never throws: an event that is too long, or that cannot be written as JSON, is left out, with a line on stderr. */
  publish(event: FeedEvent): void;
  /**
   * Hears of kept events at once, and of later ones as they come.
   *
   * @param after the id of the last event that is known already; undefined where none is
   * @returns what ends it
   */
  subscribe(after: number | undefined, listener: FeedListener): () => void;
}

/** Starts a feed with nothing in it. */
export function createFeed(): Feed {
  const kept: { readonly event: NumberedEvent; readonly json: string }[] = [];
  const listeners = new Set<FeedListener>();
  let characters = 0;
  // A page stays open from one run to the next, and asks for what comes after the last event that it knows.
  let id = Date.now();
  return {
    publish(event) {
      const what = `an event of type ${event.type}`;
      const numbered = { ...event, id: ++id, at: performance.timeOrigin + performance.now() };
      const json = attempt(what, () => jsonOf(numbered));
      if (json === undefined) {
        return;
      }
      kept.push({ event: numbered, json });
      characters += json.length;
      while (kept.length > MOST_EVENTS || characters > MOST_CHARACTERS) {
        characters -= kept.shift()?.json.length ?? 0;
      }
      for (const listener of listeners) {
        attempt(what, () => listener(numbered, json));
      }
    },
    subscribe(after = 0, listener) {
      for (const { event, json } of kept.filter((each) => each.event.id > after)) {
        listener(event, json);
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @throws Error where it cannot be written, or is too long */
function jsonOf(event: NumberedEvent): string {
  const json = JSON.stringify(event);
  if (json.length > MOST_EVENT_CHARACTERS) {
    throw new RangeError('the event is too long');
  }
  return json;
}
