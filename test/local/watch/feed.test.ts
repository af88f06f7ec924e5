import { afterEach, expect, it, vi } from 'vitest';
import { createFeed, type Feed, type NumberedEvent } from '../../../local/watch/feed.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function heard(feed: Feed, after?: number): NumberedEvent[] {
  const events: NumberedEvent[] = [];
  feed.subscribe(after, (event) => events.push(event));
  return events;
}

const said = (text: string) => ({ type: 'stage', what: 'said', text }) as const;
const texts = (events: readonly NumberedEvent[]) => events.map((event) => event.type === 'stage' && event.text);

it('who comes late hears what is kept, what follows, and nothing twice', () => {
  const feed = createFeed();
  feed.publish(said('first'));
  const events = heard(feed);
  feed.publish(said('second'));
  expect(texts(events)).toEqual(['first', 'second']);
  expect(texts(heard(feed, events[0]?.id))).toEqual(['second']);
  expect(texts(heard(feed, events[1]?.id))).toEqual([]);
});

it('events are numbered upwards, also from one run to the next, and have their time', () => {
  const before = Date.now();
  const feed = createFeed();
  const events = heard(feed);
  feed.publish(said('first'));
  feed.publish(said('second'));
  const [first, second] = events;
  expect(first?.id).toBeGreaterThan(before);
  expect(second?.id).toBe((first?.id ?? 0) + 1);
  expect(second?.at).toBeGreaterThanOrEqual(first?.at ?? Infinity);
  expect(Math.abs((first?.at ?? 0) - before)).toBeLessThan(60_000);
});

it('who leaves hears nothing more', () => {
  const feed = createFeed();
  const events: NumberedEvent[] = [];
  feed.subscribe(undefined, (event) => events.push(event))();
  feed.publish(said('later'));
  expect(events).toEqual([]);
});

it('the last 1,000 events are kept, and fewer where they are long', () => {
  const feed = createFeed();
  for (let count = 1; count <= 1_001; count++) {
    feed.publish(said(`${count}`));
  }
  const kept = texts(heard(feed));
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1_000, '2', '1001']);
  const each = 64 * 1024;
  for (let count = 1; count <= 200; count++) {
    feed.publish(said('x'.repeat(each - 200)));
  }
  expect(heard(feed).length).toBe((8 * 1024 * 1024) / each);
});

it('who listens is given each event as JSON too, as it is sent', () => {
  const feed = createFeed();
  const heardAsJson: unknown[] = [];
  feed.publish(said('first'));
  feed.subscribe(undefined, (event, json) => heardAsJson.push([event, JSON.parse(json)]));
  feed.publish(said('second'));
  const [first, second] = heard(feed);
  expect(heardAsJson).toEqual([
    [first, first],
    [second, second],
  ]);
});

it.each([
  ['cannot be written as JSON', { ...said('secret'), more: 1n }, 'TypeError'],
  ['is too long', said('secret'.repeat(11_000)), 'RangeError'],
])('an event that %s costs a line on stderr, and no other event', (_what, event, name) => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const feed = createFeed();
  feed.publish(event);
  feed.publish(said('next'));
  expect(texts(heard(feed))).toEqual(['next']);
  expect(stderr.mock.calls).toEqual([[`the page does not show an event of type stage: ${name}\n`]]);
});

it('a listener that fails takes no event from the others', () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const feed = createFeed();
  feed.subscribe(undefined, () => {
    throw new Error('broken');
  });
  const events = heard(feed);
  feed.publish(said('first'));
  expect(texts(events)).toEqual(['first']);
});
