import { describe, expect, it } from 'vitest';
import { createFeed, type NumberedEvent } from '../../../local/watch/feed.ts';
import { type RunWatcher, watchRun } from '../../../local/watch/watch.ts';
import type { JudgedRule } from '../../../receiver/logout/rules.ts';
import { encoded } from '../../logout-token.ts';

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

const deep = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;

describe('a request is shown with its token', () => {
  it.each<[string, string, object | undefined]>([
    [
      'decoded',
      formOf(`${encoded({ alg: 'RS256' })}.${encoded({ iss: 'https://op.test' })}.AA`),
      { header: { alg: 'RS256' }, payload: { iss: 'https://op.test' }, encrypted: false },
    ],
    [
      'that is encrypted, with the header that can be read',
      formOf(`${encoded({ alg: 'ECDH-ES' })}.AA.AA.AA.AA`),
      { header: { alg: 'ECDH-ES' }, encrypted: true },
    ],
    ['that is none', formOf('made-up'), { compact: 'made-up', encrypted: false }],
    ['of which half decodes', formOf(`${encoded({ alg: 'none' })}.AA.`), { header: { alg: 'none' }, encrypted: false }],
    ['whose parts are no objects', formOf(`${encoded('[]')}.${encoded('5')}.`), { encrypted: false }],
    ['the first of two', `${formOf('one')}&${formOf('two')}`, { compact: 'one', encrypted: false }],
    ['that is nested too deep to be shown', formOf(`${encoded({})}.${encoded(deep)}.AA`), { header: {} }],
    ['cut, where it is too long', formOf('x'.repeat(50_000)), { compact: `${'x'.repeat(32_768)}...` }],
    ['of none', 'a=b', undefined],
    ['of no form', '\u0000%ff', undefined],
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
});

describe('an answer is shown', () => {
  const jwe = formOf('AA.AA.AA.AA.AA');
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
    [
      'with how far it came for certain, of an encrypted token',
      jwe,
      answerOf(400, problem('deferred: later')),
      { reason: 'deferred' },
      ['token-size', undefined],
    ],
  ])('%s', (_what, body, answered, expected, rules) => {
    const [, event] = fed(({ onRequest }) => onRequest(requestOf(body))(answered));
    expect(event).toMatchObject({ type: 'answer', requestId: 'r1', ...expected });
    expect(last(event?.type === 'answer' ? event.rules : undefined)).toEqual(rules);
  });

  it.each([
    ['API Gateway’s', answerOf(404, '{"message":"Not Found"}')],
    ['with a reason that nobody knows', answerOf(400, problem('toString: no'))],
  ])('without rules where it is not the receiver’s: %s', (_what, answered) => {
    const [, event] = fed(({ onRequest }) => onRequest(requestOf(''))(answered));
    expect(event).toEqual({
      ...{ type: 'answer', requestId: 'r1', status: answered.status, milliseconds: 7 },
      ...{ id: expect.any(Number), at: expect.any(Number) },
    });
  });
});

describe('a change in the sessions table is shown', () => {
  const record = (eventName: string, pk: string, sk: string, images: object) => ({
    eventName,
    dynamodb: {
      ...{ SequenceNumber: '1', ApproximateCreationDateTime: 1, Keys: { pk: { S: pk }, sk: { S: sk } } },
      ...images,
    },
  });

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
  const detail = {
    issuer: 'https://op.test',
    clientId: 'shop',
    idHash: 'h',
    creation: 'c',
    cause: 'logout',
    scope: 'sid',
  };
  const events = fed(({ onBusEvent }) => {
    onBusEvent({ 'detail-type': 'Session Ended', detail });
    onBusEvent({ 'detail-type': 'Session Ended', detail: { ...detail, cause: 'expired', scope: undefined } });
    onBusEvent({ 'detail-type': 'Other', detail });
  });
  expect(events).toMatchObject([{ type: 'session-ended', ...detail }, { cause: 'expired' }]);
  expect(events[1]).not.toHaveProperty('scope');
});
