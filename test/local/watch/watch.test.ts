import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFeed, type NumberedEvent } from '../../../local/watch/feed.ts';
import { type RunWatcher, watchRun } from '../../../local/watch/watch.ts';
import type { JudgedRule } from '../../../receiver/logout/rules.ts';
import { encoded } from '../../logout-token.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the feed has of what the watcher was told. */
function fed(tell: (watcher: RunWatcher) => void): NumberedEvent[] {
  const feed = createFeed();
  const events: NumberedEvent[] = [];
  feed.subscribe(undefined, (event) => events.push(event));
  tell(watchRun(feed));
  return events;
}

const requestOf = (body: string) => ({
  ...{ id: 'r1', receivedAt: 0, method: 'POST', path: '/backchannel-logout', query: '', protocol: 'HTTP/1.1' },
  ...{ headers: [], body: Buffer.from(body), sourceIp: '127.0.0.1', port: 8080 },
});
const answerOf = (status: number, body = '') => ({
  ...{ method: 'POST', path: '/backchannel-logout', status, body: Buffer.from(body), milliseconds: 7 },
});
const problem = (description: string) => JSON.stringify({ error: 'invalid_request', error_description: description });
const formOf = (token: string) => `logout_token=${token}`;

/** Levels of objects and lists. */
const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
const jwe = `${encoded({ alg: 'ECDH-ES' })}.AA.AA.AA.AA`;

const record = (eventName: string, pk: string, sk: string, images: object) => ({
  eventName,
  dynamodb: {
    ...{ SequenceNumber: '1', ApproximateCreationDateTime: 1, Keys: { pk: { S: pk }, sk: { S: sk } } },
    ...images,
  },
});
const endedSession = {
  issuer: 'https://op.test',
  clientId: 'shop',
  idHash: 'h',
  creation: 'c',
  cause: 'logout',
  scope: 'sid',
};

describe('a request is shown with its token', () => {
  it.each<[string, string, object | undefined]>([
    [
      'decoded',
      formOf(`${encoded({ alg: 'RS256' })}.${encoded({ iss: 'https://op.test' })}.AA`),
      { header: { alg: 'RS256' }, payload: { iss: 'https://op.test' }, encrypted: false },
    ],
    [
      'that is encrypted, with the header that can be read',
      formOf(jwe),
      { header: { alg: 'ECDH-ES' }, encrypted: true },
    ],
    ['that is none', formOf('made-up'), { compact: 'made-up', encrypted: false }],
    ['of which half decodes', formOf(`${encoded({ alg: 'none' })}.AA.`), { header: { alg: 'none' }, encrypted: false }],
    ['whose parts are no objects', formOf(`${encoded('[]')}.${encoded('5')}.`), { encrypted: false }],
    ['the first of two', `${formOf('one')}&${formOf('two')}`, { compact: 'one', encrypted: false }],
    ['nested as deep as is shown', formOf(`${encoded({})}.${encoded(deep(32))}.`), { header: {}, payload: {} }],
    ['nested deeper', formOf(`${encoded(deep(33))}.${encoded(deep(33))}.`), { encrypted: false }],
    ['nested so deep that it can hardly be written', formOf(`${encoded({})}.${encoded(deep(4113))}.`), { header: {} }],
    ['whose payload is longer than what was sent', formOf(`.${encoded(`{"a":[${'1e20,'.repeat(3000)}1]}`)}.`), {}],
    ['that is encrypted and cut', formOf(`${'x'.repeat(50_000)}.AA.AA.AA.AA`), { encrypted: true }],
    ['behind much else', `a=${'x'.repeat(100_000)}&${formOf(jwe)}`, { compact: jwe, header: {}, encrypted: true }],
    ['whose name and dots are encoded', 'a&%6Cogout%5ftoken=a%2Eb.c.d.e&b', { compact: 'a.b.c.d.e', encrypted: true }],
    ['behind a question mark, which is none of the name', `?${formOf('one')}`, { compact: 'one' }],
    ['cut, where it is too long', formOf('x'.repeat(50_000)), { compact: `${'x'.repeat(32_768)}...` }],
    ['of none', 'a=b', undefined],
    ['of no form', '\u0000%ff', undefined],
    ['of another name', 'logout_tokens=a&my_logout_token=b&LOGOUT_TOKEN=c', undefined],
    ['of which the first is empty', `logout_token&${formOf('two')}`, undefined],
  ])('%s', (_what, body, token) => {
    const [event] = fed(({ onRequest }) => onRequest(requestOf(body)));
    expect(event).toMatchObject({ type: 'request', requestId: 'r1', method: 'POST', path: '/backchannel-logout' });
    const shown = event?.type === 'request' ? event.token : undefined;
    expect(shown && Object.hasOwn(shown, 'payload')).toBe(token && Object.hasOwn(token, 'payload'));
    expect(shown && Object.hasOwn(shown, 'header')).toBe(token && Object.hasOwn(token, 'header'));
    if (token) {
      expect(shown).toMatchObject(token);
    }
  });

  it('without one, where its body was too large to be read', () => {
    const events = fed(({ onRequest }) => onRequest({ ...requestOf(''), body: undefined })(answerOf(413)));
    expect(events).toMatchObject([{ type: 'request' }, { type: 'answer', status: 413 }]);
    expect(events[0]).not.toHaveProperty('token');
  });

  it.each([
    ['characters that JSON writes as six', '%01'.repeat(50_000)],
    ['as much as can be shown', `${encoded({ a: 'x'.repeat(8_000) })}.${encoded({ a: 'x'.repeat(15_000) })}.`],
  ])('and takes no more than 64 KB as JSON: %s', (_what, token) => {
    const path = '\u0001'.repeat(500);
    const [event] = fed(({ onRequest }) => onRequest({ ...requestOf(formOf(token)), path }));
    expect(event).toMatchObject({ type: 'request', token: {} });
    expect(JSON.stringify(event).length).toBeLessThan(64 * 1024);
  });
});

describe('an answer is shown', () => {
  const last = (rules: readonly JudgedRule[] = []) => [
    rules.findLast(({ outcome }) => outcome === 'passed')?.id,
    rules.find(({ outcome }) => outcome === 'refused')?.id,
  ];

  it.each<[string, string, ReturnType<typeof answerOf>, object, ReturnType<typeof last>]>([
    ['with all rules passed', formOf('a'), answerOf(200), { status: 200, milliseconds: 7 }, ['replay', undefined]],
    [
      'with the rule that did not hold',
      formOf('a'),
      answerOf(400, problem('nonce_present: no nonce')),
      { reason: 'nonce_present', description: 'nonce_present: no nonce' },
      ['events', 'nonce'],
    ],
    [
      'with how far it came',
      formOf('a'),
      answerOf(400, problem('deferred: later')),
      { reason: 'deferred' },
      ['token-size', undefined],
    ],
    ...([
      ['that is not encrypted', formOf('a'), 'jti'],
      ['that is encrypted', formOf(jwe), 'serialization'],
      ['of which nobody knows whether it is encrypted', '', 'serialization'],
    ].map(([kind, body = '', reached = '']) => [
      `with how far it came for certain, of a token ${kind}`,
      body,
      answerOf(503, problem('secret_unavailable: later')),
      { reason: 'secret_unavailable' },
      [reached, undefined],
    ]) satisfies [string, string, ReturnType<typeof answerOf>, object, ReturnType<typeof last>][]),
  ])('%s', (_what, body, answered, expected, rules) => {
    const [, event] = fed(({ onRequest }) => onRequest(requestOf(body))(answered));
    expect(event).toMatchObject({ type: 'answer', requestId: 'r1', ...expected });
    expect(last(event?.type === 'answer' ? event.rules : undefined)).toEqual(rules);
  });

  it.each([
    ['API Gateway’s', answerOf(404, '{"message":"Not Found"}')],
    ['with a reason that nobody knows', answerOf(400, problem('toString: no'))],
    ['to a request without a token, which is one of the front channel', answerOf(200)],
  ])('without rules where it is not the receiver’s: %s', (_what, answered) => {
    const [, event] = fed(({ onRequest }) => onRequest(requestOf(''))(answered));
    expect(event).toEqual({
      ...{ type: 'answer', requestId: 'r1', status: answered.status, milliseconds: 7 },
      ...{ id: expect.any(Number), at: expect.any(Number) },
    });
  });
});

describe('a change in the sessions table is shown', () => {
  it.each([
    ['SESSION#h', 'SESSION', 'session'],
    ['SUBJECT#h', 'SESSION#h#c', 'pointer by sub'],
    ['SID#h', 'SESSION#h#c', 'pointer by sid'],
    ['SID#h', 'NOT_BEFORE', 'not-before marker'],
    ['SUBJECT#h', 'NOT_BEFORE', 'not-before marker'],
    ['JTI#h', 'JTI', 'seen token'],
    ['OTHER#h', 'SESSION#h', 'other'],
  ])('by its key: %s, %s is a %s', (pk, sk, kind) => {
    expect(fed(({ onRecord }) => onRecord(record('INSERT', pk, sk, { NewImage: {} })))).toMatchObject([
      { type: 'item', change: 'put', kind, pk, sk, attributes: {} },
    ]);
  });

  it.each([
    ['INSERT', 'put', { NewImage: { a: { S: 'new' } } }, 'new'],
    ['MODIFY', 'changed', { NewImage: { a: { S: 'new' } }, OldImage: { a: { S: 'old' } } }, 'new'],
    ['REMOVE', 'removed', { OldImage: { a: { S: 'old' } } }, 'old'],
  ])('%s as %s, with the attributes that say most', (eventName, change, images, a) => {
    const events = fed(({ onRecord }) => onRecord(record(eventName, 'SESSION#h', 'SESSION', images)));
    expect(events).toMatchObject([{ change, attributes: { a } }]);
  });

  it('with its attributes as plain JSON, none of them too long', () => {
    const NewImage = {
      ...{ text: { S: 'a' }, number: { N: '1795764000.5' }, no: { BOOL: false }, nothing: { NULL: true } },
      ...{ list: { L: [{ N: '1' }, { M: { b: { S: 'c' } } }] }, long: { S: 'x'.repeat(5_000) } },
    };
    const [event] = fed(({ onRecord }) => onRecord(record('INSERT', 'SESSION#h', 'SESSION', { NewImage })));
    expect(event).toMatchObject({
      attributes: {
        ...{ text: 'a', number: 1795764000.5, no: false, nothing: null, list: [1, { b: 'c' }] },
        long: '(5002 characters)',
      },
    });
  });

  it('and none of another table', () => {
    const other = { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', ApproximateCreationDateTime: 1, Keys: {} } };
    expect(fed(({ onRecord }) => onRecord(other))).toEqual([]);
  });
});

describe('a line of a function is shown', () => {
  it('where the terminal shows it too', () => {
    const members = { level: 'WARN', message: 'jwks_fetch_failed', issuer: 'https://op.test', service: 's' };
    expect(fed(({ onLine }) => onLine(JSON.stringify(members)))).toMatchObject([
      { type: 'log', level: 'WARN', text: 'WARN jwks_fetch_failed issuer=https://op.test', members },
    ]);
  });

  it.each([
    ['metrics', '{"_aws":{}}'],
    ['what the answer says already', '{"level":"INFO","message":"logout_rejected","reason":"token_malformed"}'],
    ['what is no log line', 'Debugger attached.'],
  ])('and nothing else: %s', (_what, line) => {
    expect(fed(({ onLine }) => onLine(line))).toEqual([]);
  });
});

it('a session-ended event is shown, and nothing else that comes on a bus', () => {
  const detail = endedSession;
  const events = fed(({ onBusEvent }) => {
    onBusEvent({ 'detail-type': 'Session Ended', detail });
    onBusEvent({ 'detail-type': 'Session Ended', detail: { ...detail, cause: 'expired', scope: undefined } });
    onBusEvent({ 'detail-type': 'Other', detail });
  });
  expect(events).toMatchObject([{ type: 'session-ended', ...detail }, { cause: 'expired' }]);
  expect(events[1]).not.toHaveProperty('scope');
});

it('a watcher that fails costs an event and a line on stderr, and neither an answer nor a log line nor a stream', () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const broken = {
    publish() {
      throw new SyntaxError('eyJ is not valid JSON');
    },
    subscribe: () => () => undefined,
  };
  const { onRequest, onLine, onBusEvent, onRecord } = watchRun(broken);
  onRequest(requestOf(formOf(jwe)))(answerOf(200));
  onLine('{"level":"WARN","message":"jwks_fetch_failed"}');
  onBusEvent({ 'detail-type': 'Session Ended', detail: endedSession });
  onRecord(record('INSERT', 'SESSION#h', 'SESSION', { NewImage: {} }));
  const told = ['a request', 'an answer', 'a log line', 'an event of an event bus', 'a change in the sessions table'];
  expect(stderr.mock.calls).toEqual(told.map((what) => [`the page does not show ${what}: SyntaxError\n`]));
});
