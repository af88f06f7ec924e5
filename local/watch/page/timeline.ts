import type { NumberedEvent } from '../feed.ts';
import { element, part } from './element.ts';
import { audienceOf, clock, type View, viewOf } from './event-views.ts';

/** Between two events that are this far apart, something new begins. */
const PAUSE_MILLISECONDS = 1500;
/** For as long as what happens can be of a request that is not answered yet. */
const LONGEST_ANSWER_MILLISECONDS = 10_000;
const MOST_GROUPS = 40;
/** Height of the list's own title, which stays above it. */
const TITLE_PIXELS = 72;
const MARGIN_PIXELS = 24;

interface Group {
  readonly events: HTMLElement;
  /** When its last event was, in epoch milliseconds. */
  last: number;
}

/**
 * Shows events as they come, in groups of what belongs together: the newest group first, in each the oldest event first.
 *
 * @returns what shows an event
 */
export function openTimeline(): (event: NumberedEvent) => void {
  const [list, status, empty] = [part('groups', HTMLElement), part('status', HTMLElement), part('empty', HTMLElement)];
  let newest: Group | undefined;
  /** Groups of requests that are not answered yet: an answer that takes its time still belongs to its request. */
  const asked = new Map<string, { group: Group; audience: string | undefined }>();

  const begin = (at: number): Group => {
    newest = { events: element('ol', { class: 'events' }), last: at };
    const time = element('time', { datetime: new Date(at).toISOString() }, clock(at));
    list.prepend(element('li', { class: 'group' }, element('h3', {}, time), newest.events));
    list.children[MOST_GROUPS]?.remove();
    return newest;
  };
  const current = (at: number): Group => {
    const pause = asked.size > 0 ? LONGEST_ANSWER_MILLISECONDS : PAUSE_MILLISECONDS;
    return newest !== undefined && at - newest.last <= pause ? newest : begin(at);
  };

  part('clear', HTMLButtonElement).addEventListener('click', () => {
    list.replaceChildren();
    newest = undefined;
    asked.clear();
    empty.hidden = false;
  });
  return (event) => {
    const request = event.type === 'answer' ? asked.get(event.requestId) : undefined;
    const view = viewOf(event, request?.audience);
    if (!view) {
      return;
    }
    // The receiver fetches keys before anybody does anything.
    empty.hidden ||= event.type !== 'log';
    const group = request?.group ?? current(event.at);
    if (event.type === 'request') {
      asked.set(event.requestId, { group, audience: audienceOf(event) });
    } else if (event.type === 'answer') {
      asked.delete(event.requestId);
    }
    const made = eventItem(event, view, event.at - group.last);
    group.events.append(made);
    group.last = Math.max(group.last, event.at);
    follow(made);
    status.textContent = view.said ?? status.textContent;
  };
}

/** Shows what has come, where the list scrolls by itself; but nothing moves for a reader who is there. */
function follow(made: HTMLElement): void {
  const box = part('timeline', HTMLElement);
  if (!box.matches(':hover, :focus-within') && box.scrollHeight > box.clientHeight) {
    const { top, bottom } = made.getBoundingClientRect();
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
