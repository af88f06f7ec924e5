import type { FeedEvent, NumberedEvent } from '../feed.ts';
import { details, element, json, scrollable } from './element.ts';
import { logView } from './log-view.ts';
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

/** Of what stands in a sentence, and is somebody else's. */
const MOST_CHARACTERS = 100;

type Of<Type extends FeedEvent['type']> = Extract<FeedEvent, { type: Type }>;

/**
 * @param audience whom the token of an answer's request was for
 * @returns undefined of what other events say already
 */
export function viewOf(event: NumberedEvent, audience: string | undefined): View | undefined {
  switch (event.type) {
    case 'request':
      return request(event);
    case 'answer':
      return answer(event, audience);
    case 'item':
      return item(event);
    case 'log':
      return logView(event);
    case 'session-ended':
      return sessionEnded(event);
    case 'stage':
      return { title: event.text, tone: STAGE_TONES[event.what] ?? 'plain', said: event.text };
  }
}

/** Whom a token is for, as it says. */
export function audienceOf({ token }: Of<'request'>): string | undefined {
  const aud = token?.payload?.aud;
  return aud === undefined ? undefined : short([aud].flat().map(textOf).join(' and '));
}

/** Of any JSON, which has objects that cannot be made a text by themselves. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** What the sessions to end are found by, and when. */
const CLAIMS = ['iss', 'aud', 'sub', 'sid', 'iat'];

function request(event: Of<'request'>): View {
  const { token, method, path } = event;
  if (!token) {
    return { title: `${method} ${path} arrives without a logout token`, tone: 'arrow' };
  }
  const { header, payload, encrypted, compact } = token;
  const audience = audienceOf(event);
  const names = payload ? Object.keys(payload) : [];
  const claims = (shown: readonly string[]) =>
    element('dl', { class: 'claims' }, ...shown.flatMap((name) => claim(name, payload?.[name])));
  const others = names.filter((name) => !CLAIMS.includes(name));
  return {
    title: `${encrypted ? 'An encrypted' : 'A'} logout token${audience ? ` for ${audience}` : ''} arrives at the receiver`,
    tone: 'arrow',
    more: [
      payload ? claims(CLAIMS.filter((name) => names.includes(name))) : undefined,
      others.length > 0 ? details(`Other claims: ${short(others.join(', '))}`, () => claims(others)) : undefined,
      header ? details('Header', () => json(header, 'header of the token')) : undefined,
      details('The whole token', () => scrollable(compact, 'the token', 'compact')),
    ],
  };
}

function claim(name: string, value: unknown): HTMLElement[] {
  const text = textOf(value);
  const time = ['iat', 'exp', 'nbf'].includes(name) && typeof value === 'number' ? ` (${clock(value * 1000)})` : '';
  return [element('dt', {}, name), element('dd', {}, `${text}${time}`)];
}

function answer(
  { status, milliseconds, reason, description, rules }: Of<'answer'>,
  audience: string | undefined,
): View {
  const to = audience === undefined ? '' : ` to the token for ${audience}`;
  const answered = `Answer${to}: ${status} after ${Math.round(milliseconds)} ms.`;
  const more = [
    description ? element('p', { class: 'reason' }, description) : undefined,
    rules ? verdict(rules) : undefined,
  ];
  if (status < 300) {
    return { title: `${answered} The logout is done.`, tone: 'good', more, said: 'The logout token is accepted.' };
  }
  if (reason === 'deferred') {
    const kept = 'The logout is kept, to be finished later.';
    return { title: `${answered} ${kept}`, tone: 'wait', more, said: kept };
  }
  const refused = reason ?? (status === 404 ? 'the receiver has no such path' : 'the API did not pass it on');
  const what = status < 500 ? `Refused: ${refused}` : 'The logout is not done';
  return { title: `${answered} ${what}`, tone: 'bad', more, said: `${what}.` };
}

type Change = Of<'item'>['change'];
const KINDS: Readonly<Partial<Record<Of<'item'>['kind'], Partial<Record<Change, string>>>>> = {
  session: { put: 'is written', changed: 'is saved' },
  'pointer by sub': { put: 'can be found by its user (sub)', removed: 'is no longer found by its user (sub)' },
  'pointer by sid': {
    put: 'can be found by the OP’s session (sid)',
    removed: 'is no longer found by the OP’s session (sid)',
  },
};

function item(event: Of<'item'>): View {
  const { change, kind, pk, sk, attributes } = event;
  const more = [details('Item', () => json({ pk, sk, ...attributes }, 'item of the table'))];
  if (kind === 'not-before marker' && change !== 'removed') {
    const { notBefore } = attributes;
    const until = typeof notBefore === 'number' ? `until ${clock(notBefore * 1000)} ` : '';
    const title = `A not-before marker stands: logins ${until}are over (some seconds more, since clocks differ)`;
    return { title, tone: 'table', more };
  }
  if (kind === 'seen token' && change !== 'removed') {
    const title = change === 'put' ? 'The token’s jti is kept, to know it again' : 'The token’s jti is known already';
    return { title, tone: 'table', more };
  }
  return { ...sessionItem(event), more };
}

function sessionItem({ change, kind, attributes }: Of<'item'>): View {
  const owner = typeof attributes.clientId === 'string' ? `A session of ${attributes.clientId}` : 'A session';
  // An end is written over the session, so that no late save brings it back.
  if (kind === 'session' && (change === 'removed' || attributes.cause !== undefined)) {
    return { title: `${owner} ends`, tone: 'bad', said: `${owner} ends.` };
  }
  const words = KINDS[kind]?.[change];
  return { title: words === undefined ? `The table: ${kind} ${change}` : `${owner} ${words}`, tone: 'table' };
}

function sessionEnded({ type: _, ...event }: Of<'session-ended'>): View {
  return {
    title: `${event.clientId} is told that a session has ended (${event.cause})`,
    tone: 'arrow',
    more: [details('Event', () => json(event, 'event'))],
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
