import type { NumberedEvent } from '../feed.ts';
import { element, part } from './element.ts';
import { audienceOf, clock, type View, viewOf } from './event-views.ts';

/** Between two events that are this far apart, something new begins. */
const PAUSE_MILLISECONDS = 1500;
const MOST_GROUPS = 40;

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
  const current = (at: number): Group =>
    newest !== undefined && at - newest.last <= PAUSE_MILLISECONDS ? newest : begin(at);

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
    }
    group.events.append(eventItem(event, view, event.at - group.last));
    group.last = Math.max(group.last, event.at);
    status.textContent = view.said ?? status.textContent;
  };
}

function eventItem({ type }: NumberedEvent, { title, tone, more = [] }: View, late: number): HTMLElement {
  return element(
    'li',
    { class: `event ${tone}`, 'data-type': type },
    element('span', { class: 'late' }, late > 0 ? `+${Math.round(late)} ms` : ''),
    element('div', { class: 'what' }, element('p', {}, title), ...more),
  );
}
