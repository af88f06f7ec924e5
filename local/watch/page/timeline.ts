import type { NumberedEvent } from '../feed.ts';
import { element, part } from './element.ts';
import { audienceOf, clock, type View, viewOf } from './event-views.ts';

/** Between two events that are this far apart, something new begins. */
const PAUSE_MILLISECONDS = 1500;
/** For as long as what happens can be of a request that is not answered yet. */
const LONGEST_ANSWER_MILLISECONDS = 10_000;
/** Whoever can reach the receiver can fill the list. */
const MOST_EVENTS = 300;
/** Events that come in between are shown together, so that many cost no more than a few. */
const BATCH_MILLISECONDS = 50;
/** Height of the list's own title, which stays above it. */
const TITLE_PIXELS = 72;
const MARGIN_PIXELS = 24;

interface Group {
  readonly item: HTMLElement;
  readonly events: HTMLElement;
  /** When its last event was, in epoch milliseconds. */
  last: number;
}

interface Asked {
  readonly group: Group;
  readonly audience: string | undefined;
}

/**
 * Shows events as they come, in groups of what belongs together: the newest group first, in each the oldest event first.
 *
 * @returns what shows an event
 */
export function openTimeline(): (event: NumberedEvent) => void {
  const list = part('groups', HTMLElement);
  const status = part('status', HTMLElement);
  const empty = part('empty', HTMLElement);
  const shown: { readonly item: HTMLElement; readonly group: Group }[] = [];
  /** Requests that are not answered yet: an answer that takes its time still belongs to its request. */
  const asked = new Map<string, Asked>();
  let newest: Group | undefined;
  let waiting: NumberedEvent[] = [];

  const begin = (at: number): Group => {
    const events = element('ol', { class: 'events' });
    const time = element('time', { datetime: new Date(at).toISOString() }, clock(at));
    newest = { item: element('li', { class: 'group' }, element('h3', {}, time), events), events, last: at };
    list.prepend(newest.item);
    return newest;
  };
  const current = (at: number): Group => {
    const pause = asked.size > 0 ? LONGEST_ANSWER_MILLISECONDS : PAUSE_MILLISECONDS;
    return newest?.item.isConnected && at - newest.last <= pause ? newest : begin(at);
  };
  const show = (event: NumberedEvent): HTMLElement | undefined => {
    const request = event.type === 'answer' ? asked.get(event.requestId) : undefined;
    const view = viewOf(event, request?.audience);
    if (!view) {
      return undefined;
    }
    // The receiver fetches keys before anybody does anything.
    empty.hidden ||= event.type !== 'log';
    const group = request?.group.item.isConnected ? request.group : current(event.at);
    if (event.type === 'request') {
      asked.set(event.requestId, { group, audience: audienceOf(event) });
    } else if (event.type === 'answer') {
      asked.delete(event.requestId);
    }
    const item = eventItem(event, view, event.at - group.last);
    group.events.append(item);
    group.last = Math.max(group.last, event.at);
    shown.push({ item, group });
    status.textContent = view.said ?? status.textContent;
    return item;
  };
  const forgetOldest = () => {
    for (const { item, group } of shown.splice(0, Math.max(shown.length - MOST_EVENTS, 0))) {
      item.remove();
      if (group.events.childElementCount === 0) {
        group.item.remove();
      }
    }
    for (const requestId of [...asked.keys()].slice(0, Math.max(asked.size - MOST_EVENTS, 0))) {
      asked.delete(requestId);
    }
  };
  const showWaiting = () => {
    const items = waiting.splice(0).slice(-MOST_EVENTS).map(show);
    forgetOldest();
    follow(items.findLast((item) => item?.isConnected));
  };

  part('clear', HTMLButtonElement).addEventListener('click', () => {
    list.replaceChildren();
    shown.length = 0;
    asked.clear();
    newest = undefined;
    empty.hidden = false;
  });
  return (event) => {
    if (waiting.length === 0) {
      setTimeout(showWaiting, BATCH_MILLISECONDS);
    }
    waiting.push(event);
    if (waiting.length > 2 * MOST_EVENTS) {
      waiting = waiting.slice(-MOST_EVENTS);
    }
  };
}

/** Shows what has come, where the list scrolls by itself; but nothing moves for a reader who is there. */
function follow(item: HTMLElement | undefined): void {
  const box = part('timeline', HTMLElement);
  if (item && !box.matches(':hover, :focus-within') && box.scrollHeight > box.clientHeight) {
    const { top, bottom } = item.getBoundingClientRect();
    const shown = box.getBoundingClientRect();
    const [highest, lowest] = [shown.top + TITLE_PIXELS, Math.min(shown.bottom, innerHeight) - MARGIN_PIXELS];
    box.scrollTop += Math.min(Math.max(bottom - lowest, 0), top - highest);
  }
}

function eventItem({ type }: NumberedEvent, { title, tone, more = [] }: View, late: number): HTMLElement {
  return element(
    'li',
    { class: `event ${tone}`, 'data-type': type },
    element('span', { class: 'late' }, late > 0 ? `+${Math.round(late)} ms` : ''),
    element('div', { class: 'what' }, element('p', {}, title), ...more),
  );
}
