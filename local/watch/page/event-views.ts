import type { FeedEvent, NumberedEvent } from '../feed.ts';
import { details, element, json, scrollable } from './element.ts';
import { verdict } from './verdict.ts';

/** What the page shows of an event. */
export interface View {
  /** A sentence. */
  readonly title: string;
  readonly tone: 'plain' | 'arrow' | 'good' | 'bad' | 'wait' | 'table';
  /** Below the title. */
  readonly more?: readonly (Node | undefined)[];
  /** For who does not see the page, of the events that matter most. */
  readonly said?: string | undefined;
}

type Of<Type extends FeedEvent['type']> = Extract<FeedEvent, { type: Type }>;

export function viewOf(event: NumberedEvent): View {
  switch (event.type) {
    case 'request':
      return request(event);
    case 'answer':
      return answer(event);
    case 'item':
      return item(event);
    case 'log':
      return log(event);
    case 'session-ended':
      return sessionEnded(event);
    case 'stage':
      return { title: event.text, tone: STAGE_TONES[event.what] ?? 'plain', said: event.text };
  }
}

function request({ token }: Of<'request'>): View {
  if (!token) {
    return { title: 'A request without a logout token arrives at the receiver', tone: 'arrow' };
  }
  const { header, payload, encrypted, compact } = token;
  return {
    title: `${encrypted ? 'An encrypted' : 'A'} logout token arrives at the receiver`,
    tone: 'arrow',
    more: [
      payload ? element('dl', { class: 'claims' }, ...Object.entries(payload).flatMap(claim)) : undefined,
      header ? details('Header', json(header, 'header of the token')) : undefined,
      details('The whole token', scrollable(compact, 'the token', 'compact')),
    ],
  };
}

function claim([name, value]: [string, unknown]): HTMLElement[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const time = ['iat', 'exp', 'nbf'].includes(name) && typeof value === 'number' ? ` (${clock(value * 1000)})` : '';
  return [element('dt', {}, name), element('dd', {}, `${text}${time}`)];
}

function answer({ status, milliseconds, reason, description, rules }: Of<'answer'>): View {
  const answered = `Answer: ${status} after ${Math.round(milliseconds)} ms.`;
  const more = [
    description ? element('p', { class: 'reason' }, description) : undefined,
    rules ? verdict(rules) : undefined,
  ];
  if (status < 300) {
    return { title: `${answered} The logout is done.`, tone: 'good', more, said: 'The logout token is accepted.' };
  }
  if (status >= 500) {
    const kept =
      reason === 'deferred' ? 'Kept, to be finished later.' : `Not done: ${reason ?? 'the receiver failed'}.`;
    return { title: `${answered} ${kept}`, tone: 'wait', more, said: kept };
  }
  return { title: `${answered} Refused: ${reason}`, tone: 'bad', more, said: `Refused: ${reason}.` };
}

type Change = Of<'item'>['change'];
const KINDS: Readonly<Partial<Record<Of<'item'>['kind'], Partial<Record<Change, string>>>>> = {
  session: { put: 'is written', changed: 'is saved', removed: 'is gone' },
  'pointer by sub': { put: 'can be found by its user (sub)', removed: 'is no longer found by its user (sub)' },
  'pointer by sid': {
    put: 'can be found by the OP’s session (sid)',
    removed: 'is no longer found by the OP’s session (sid)',
  },
};

function item({ change, kind, pk, sk, attributes = {} }: Of<'item'>): View {
  const more = [details('Item', json({ pk, sk, ...attributes }, 'item of the table'))];
  const words = KINDS[kind]?.[change];
  if (words !== undefined) {
    const owner = typeof attributes.clientId === 'string' ? `A session of ${attributes.clientId}` : 'A session';
    const isEnd = kind === 'session' && change === 'removed';
    return {
      title: `${owner} ${words}`,
      tone: isEnd ? 'bad' : 'table',
      more,
      said: isEnd ? `${owner} is gone.` : undefined,
    };
  }
  if (kind === 'not-before marker' && change !== 'removed') {
    const { notBefore } = attributes;
    const until = typeof notBefore === 'number' ? ` of ${clock(notBefore * 1000)} or before` : '';
    return { title: `A marker stands: no login${until} counts here any more`, tone: 'table', more };
  }
  if (kind === 'seen token' && change === 'put') {
    return { title: 'The token’s jti is kept, so that the token works once', tone: 'table', more };
  }
  return { title: `The table: ${kind} ${change}`, tone: 'table', more };
}

function log({ level, text, members = {} }: Of<'log'>): View {
  const tone = level === 'ERROR' ? 'bad' : level === 'WARN' ? 'wait' : 'plain';
  return { title: `Log: ${text}`, tone, more: [details('Line', json(members, 'line of the log'))] };
}

function sessionEnded({ type: _, ...event }: Of<'session-ended'>): View {
  return {
    title: `${event.clientId} is told that a session has ended (${event.cause})`,
    tone: 'arrow',
    more: [details('Event', json(event, 'event'))],
  };
}

const STAGE_TONES: Readonly<Record<string, View['tone']>> = {
  'signed-in': 'good',
  'op-signed-out': 'bad',
  'login-refused': 'bad',
  'keys-offline': 'wait',
  'table-down': 'wait',
  'login-held': 'wait',
};

/** Local time of day, to the second. */
export function clock(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString('en-GB');
}
