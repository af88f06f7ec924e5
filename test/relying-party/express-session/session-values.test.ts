import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import express from 'express';
import session from 'express-session';
import { UnsecuredJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ExpressSessionStore,
  expressOpenidConnect,
  extendStore,
  passportOpenidconnect,
} from '../../../relying-party/express-session/index.ts';
import { hashOf } from '../../../relying-party/sessions/item-keys.ts';
import { epochSeconds } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { sampleOf } from '../../sample.ts';
import { newTable, type TestTable } from '../../tables.ts';

const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const DAY = 86_400;
const LIFETIME = 1000;
const server = createServer();
let table: TestTable;
let store: ExpressSessionStore;
let openidConnectStore: ExpressSessionStore;
let ids = 0;

beforeAll(async () => {
  table = await newTable('sessions');
  const options = { ...table, relyingParty, lifetimeSeconds: LIFETIME };
  store = new ExpressSessionStore({ ...options, identityOf: passportOpenidconnect(relyingParty) });
  openidConnectStore = new ExpressSessionStore({ ...options, identityOf: expressOpenidConnect(relyingParty) });
});

afterEach(async () => {
  if (server.listening) {
    await stopServer(server);
  }
});

const newId = () => `session-${ids++}`;
const set = (id: string, of: object, to = store) =>
  new Promise<void>((resolve, reject) => {
    to.set(id, of, (error) => (error ? reject(error) : resolve()));
  });
const get = (id: string, from = store) =>
  new Promise<unknown>((resolve, reject) => {
    from.get<object>(id, (error, found) => (error ? reject(error) : resolve(found)));
  });

const tokenOf = (claims: object) => new UnsecuredJWT({ sub: 'alice', iat: epochSeconds() - 10, ...claims }).encode();
const signedIn = (claims: object = {}) => ({ passport: { user: { idToken: tokenOf(claims) } } });
const secondsLeftOf = async (id: string) => ((await store.sessions.get(id))?.expiresAt ?? 0) - epochSeconds();

const anonymousKey = (id: string) => ({
  pk: `SESSION#${hashOf(id)}`,
  sk: `ANONYMOUS#${hashOf(relyingParty.issuer, relyingParty.clientId)}`,
});

/** An application that signs in as `passport` does. */
async function startApp(cookie: object, genid: () => string): Promise<string> {
  const app = express();
  const settings = { secret: 'secret', resave: false, saveUninitialized: false, genid, cookie };
  app.use(session({ ...settings, store: extendStore(session.Store, store) }));
  app.get('/sign-in', (request, response, next) => {
    request.session.regenerate(() => {
      Object.assign(request.session, signedIn());
      request.session.save((error) => (error ? next(error) : response.send('signed in')));
    });
  });
  app.get('/', (request, response) => {
    response.send('passport' in request.session ? 'signed in' : 'anonymous');
  });
  server.removeAllListeners('request').on('request', app);
  return await listen(server);
}

const cookieOf = (id: string) => {
  const signature = createHmac('sha256', 'secret').update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
};

describe('express-session', () => {
  // Not among them: what it cannot write into a cookie (an invalid date, text), which it fails at itself.
  const cookies: [string, object, string][] = [
    ['no end', {}, 'signed in'],
    ['expires: false', { expires: false }, 'signed in'],
    ['expires: null', { expires: null }, 'signed in'],
    ['expires in the year 9999', { expires: new Date('9999-12-31T23:59:59Z') }, 'signed in'],
    ['expires of a number of milliseconds', { expires: 3_600_000 }, 'signed in'],
    ['expires in the past', { expires: new Date(0) }, 'anonymous'],
    ['maxAge of ten years', { maxAge: 3650 * DAY * 1000 }, 'signed in'],
    ['maxAge: null', { maxAge: null }, 'signed in'],
    ['maxAge: 0, which is over at once', { maxAge: 0 }, 'anonymous'],
    ['maxAge below 0', { maxAge: -1000 }, 'anonymous'],
  ];
  it.each(sampleOf(cookies, 3))('signs in with a cookie with %s', async (_what, cookie, then) => {
    const made: string[] = [];
    const url = await startApp(cookie, () => {
      made.push(newId());
      return made.at(-1) ?? '';
    });
    const answer = await fetch(`${url}/sign-in`);
    expect([answer.status, await answer.text()]).toEqual([200, 'signed in']);
    const next = await fetch(url, { headers: { cookie: cookieOf(made.at(-1) ?? '') } });
    expect([next.status, await next.text()]).toEqual([200, then]);
  });

  it('reads a session that SessionStore.create has made, and leaves its end', async () => {
    const id = newId();
    const expiresAt = epochSeconds() + 500;
    const login = { ...relyingParty, sub: 'alice', idTokenIssuedAt: epochSeconds() - 10 };
    await store.sessions.create({ ...login, id, expiresAt, data: signedIn() });
    const url = await startApp({}, newId);
    const answer = await fetch(url, { headers: { cookie: cookieOf(id) } });
    expect([answer.status, await answer.text()]).toEqual([200, 'signed in']);
    expect((await store.sessions.get(id))?.expiresAt).toBe(expiresAt);
  });
});

it.each([{ data: { cookie: null } }, { data: { cookie: 'c' } }, { data: {} }])(
  'a session that SessionStore.create has made with $data has a cookie for express-session',
  async ({ data }) => {
    const { id } = await store.sessions.create({
      ...{ ...relyingParty, sub: 'alice', idTokenIssuedAt: epochSeconds() - 10 },
      ...{ expiresAt: epochSeconds() + 500, data },
    });
    expect(await get(id)).toMatchObject({ cookie: { expires: expect.any(String) } });
  },
);

it('a session that SessionStore.create has made is one of express-openid-connect', async () => {
  const expiresAt = epochSeconds() + 500;
  const data = { id_token: tokenOf({ sid: 's' }) };
  const login = { ...relyingParty, sub: 'alice', sid: 's', idTokenIssuedAt: epochSeconds() - 10 };
  const { id } = await store.sessions.create({ ...login, expiresAt, data });
  const read = await get(id, openidConnectStore);
  expect(read).toMatchObject({ header: { exp: expiresAt }, data });
  await set(id, Object(read), openidConnectStore);
  expect(await store.sessions.get(id)).toMatchObject({ sid: 's' });
});

describe('a session whose cookie', () => {
  it.each([
    ['has no expires', undefined, LIFETIME],
    ['expires: null', null, LIFETIME],
    ['expires: false', false, LIFETIME],
    ['expires at an invalid date', new Date(Number.NaN), LIFETIME],
    ['expires at a date', new Date(Date.now() + 500_000), 500],
    ['expires at a date of HTTP', new Date(Date.now() + 500_000).toUTCString(), 500],
    ['expires at a number of milliseconds since 1970', Date.now() + 500_000, 500],
    ['expires after a number of milliseconds', 500_000, 500],
    ['expires in the year 10000', '+010000-01-01T00:00:00.000Z', 30 * DAY],
    ['expires in the year 9999', '9999-12-31T23:59:59.000Z', 30 * DAY],
  ])('%s lives that long, and not longer than it may', async (_what, expires, seconds) => {
    const id = newId();
    await set(id, { ...signedIn(), cookie: { expires } });
    const left = await secondsLeftOf(id);
    expect(left).toBeLessThanOrEqual(seconds);
    expect(left).toBeGreaterThan(seconds - 60);
  });

  it.each([[true], ['tomorrow'], [''], [{}], [[]]])('expires at %j is refused', async (expires) => {
    await expect(set(newId(), { cookie: { expires } })).rejects.toThrow('cookie.expires must be a time');
  });

  it.each([undefined, null, 'c', 1])('is %j is taken for one without an end', async (cookie) => {
    const id = newId();
    await set(id, { ...signedIn(), cookie });
    expect(await secondsLeftOf(id)).toBeGreaterThan(LIFETIME - 60);
  });

  it('is over within the second is not stored', async () => {
    const id = newId();
    await set(id, { ...signedIn(), cookie: { expires: new Date(Date.now() + 500) } });
    expect(await get(id)).toBeUndefined();
  });

  it('expires in the year 9999 is kept for 400 days where it is anonymous', async () => {
    const id = newId();
    await set(id, { cookie: { expires: new Date('9999-12-31') }, basket: [1] });
    const { client, tableName } = table;
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: anonymousKey(id) }));
    expect(Math.round((Number(Item?.expiresAt) - epochSeconds()) / DAY)).toBe(400);
  });
});

describe('an ID token', () => {
  const iat = epochSeconds() - 10;

  it.each([
    ['without sid', {}, { sub: 'alice', idTokenIssuedAt: iat }],
    ['with sid: null', { sid: null }, { sub: 'alice' }],
    ['with an empty sid', { sid: '' }, { sub: 'alice' }],
    ['with a number for sid', { sid: 42 }, { sid: '42' }],
    ['with a number for sub', { sub: 42 }, { sub: '42' }],
    ['with text for iat', { iat: String(iat) }, { idTokenIssuedAt: iat }],
    ['with a fraction in iat', { iat: iat + 0.9 }, { idTokenIssuedAt: iat }],
    ['with text with a fraction for iat', { iat: `${iat}.9` }, { idTokenIssuedAt: iat }],
    ['with an auth_time that is no time', { auth_time: 'noon' }, { sub: 'alice' }],
    ['with auth_time: null', { auth_time: null }, { sub: 'alice' }],
  ])('%s signs in', async (_what, claims, expected) => {
    const [id, other] = [newId(), newId()];
    await set(id, signedIn({ iat, ...claims }));
    expect(await store.sessions.get(id)).toMatchObject(expected);
    await set(other, { data: { id_token: tokenOf({ iat, ...claims }) } }, openidConnectStore);
    const session = await store.sessions.get(other);
    expect(session).toMatchObject(expected);
    expect(session?.sid ?? 'none').toBe(Object.entries(expected).find(([name]) => name === 'sid')?.[1] ?? 'none');
  });

  it('whose sid express-openid-connect has kept beside it has that sid', async () => {
    const id = newId();
    await set(id, { data: { id_token: tokenOf({}), sid: 'kept' } }, openidConnectStore);
    expect(await store.sessions.get(id)).toMatchObject({ sid: 'kept' });
  });

  it.each([
    ['without iat', { iat: undefined }, /an iat that is a time/],
    ['with iat: null', { iat: null }, /an iat that is a time/],
    ['with an iat that is no time', { iat: 'noon' }, /an iat that is a time/],
    ['with an iat in milliseconds', { iat: Date.now() }, /looks like milliseconds/],
    ['without sub', { sub: undefined }, /a sub/],
    ['with an empty sub', { sub: '' }, /a sub/],
    ['with a sub that is an object', { sub: {} }, /a sub/],
    ['with a sid that is an object', { sid: {} }, /sid of the session must be a string/],
    ['with a sid that is no whole number', { sid: 1.5 }, /sid of the session must be a string/],
  ])('%s is refused, and no value is told', async (_what, claims, message) => {
    await expect(set(newId(), signedIn(claims))).rejects.toThrow(message);
    const session = { data: { id_token: tokenOf(claims) } };
    await expect(set(newId(), session, openidConnectStore)).rejects.toThrow(message);
  });

  it.each(['secret.garbage', 'a.b.c.d.e', 42, { secret: true }])('%j is refused, and not told', async (idToken) => {
    const message = 'the ID token in the session must be a signed JWT';
    await expect(set(newId(), { passport: { user: { idToken } } })).rejects.toThrow(message);
    await expect(set(newId(), { data: { id_token: idToken } }, openidConnectStore)).rejects.toThrow(message);
  });

  it.each([undefined, null, ''])('%j of express-openid-connect is nobody’s', async (idToken) => {
    const id = newId();
    const header = { iat, uat: iat, exp: iat + 3600 };
    await set(id, { header, data: { id_token: idToken, visits: 1 } }, openidConnectStore);
    expect(await get(id, openidConnectStore)).toMatchObject({ data: { visits: 1 } });
    expect(await store.sessions.get(id)).toBeUndefined();
  });

  it.each([{}, { passport: {} }, { passport: null }, { passport: { user: null } }, { passport: { user: false } }])(
    'is not expected in %j, where nobody is signed in',
    async (of) => {
      const id = newId();
      await set(id, { ...of, visits: 1 });
      expect(await get(id)).toMatchObject({ visits: 1 });
    },
  );

  it.each([{ user: 0 }, { user: 'alice' }, { user: { idToken: null } }, { user: { id: 1 } }])(
    'is missing in passport of %j',
    async (passport) => {
      await expect(set(newId(), { passport })).rejects.toThrow('passport.user must keep the ID token in idToken');
    },
  );
});

describe.each([
  ['an anonymous session', {}],
  ['a session in which somebody is signed in', signedIn()],
])('%s', (_what, whose) => {
  const own = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "": 2}');

  const values: [string, unknown, unknown][] = [
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date', { at: new Date(Number.NaN) }, { at: null }],
    ['undefined', { a: undefined, b: [undefined] }, { b: [null] }],
    ['a function', { a: () => 1, b: 1 }, { b: 1 }],
    ['a symbol', { [Symbol('a')]: 1, b: Symbol('b') }, {}],
    ['numbers that are none', { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: -0 }, { a: null, b: null, c: 0 }],
    ['nulls', { a: null, b: { c: [null, { d: null }] } }, { a: null, b: { c: [null, { d: null }] } }],
    [
      'emoji and a lone surrogate',
      { '👋🏽': '👋🏽', a: '\ud83d', '\udc4b': 1 },
      { '👋🏽': '👋🏽', a: '\ud83d', '\udc4b': 1 },
    ],
    ['names of the language', own, JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "": 2}')],
    ['a map and a set', { a: new Map([[1, 2]]), b: new Set([1]) }, { a: {}, b: {} }],
    ['380 KB', { a: 'x'.repeat(380_000) }, { a: 'x'.repeat(380_000) }],
  ];
  it.each(sampleOf(values, 3))('keeps %s as JSON does', async (_of, value, expected) => {
    const id = newId();
    await set(id, { ...whose, value });
    const read = Object(await get(id));
    expect(JSON.stringify(read.value)).toBe(JSON.stringify(expected));
    expect(Object(read).polluted).toBeUndefined();
    await set(id, Object.assign(read, { again: true }));
    expect(await get(id)).toMatchObject({ again: true });
  });

  it('drops a member __proto__ of its own', async () => {
    const id = newId();
    await set(id, Object.assign(JSON.parse('{"__proto__": {"polluted": true}}'), whose));
    expect(Object(await get(id)).polluted).toBeUndefined();
    expect(Object.keys(Object(await get(id)))).not.toContain('__proto__');
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each<[string, object, ErrorConstructor, RegExp]>([
    ['a bigint', { value: 1n }, TypeError, /BigInt/],
    ['itself', { value: circular }, TypeError, /circular/],
    ['more than 390 KB', { value: 'x'.repeat(400_000) }, RangeError, /data must be at most 399360 bytes as JSON/],
    ['more than 390 KB in UTF-8', { value: '👋'.repeat(100_000) }, RangeError, /data must be at most 399360 bytes/],
    ['no JSON', { toJSON: () => undefined }, TypeError, /must be an object that JSON can hold/],
    ['JSON that is no object', { toJSON: () => [1] }, TypeError, /must be an object that JSON can hold/],
  ])('is refused with a clear error where it holds %s', async (_of, value, type, message) => {
    const id = newId();
    const refused = set(id, { ...whose, ...value });
    await expect(refused).rejects.toThrow(type);
    await expect(refused).rejects.toThrow(message);
    expect(await get(id)).toBeUndefined();
  });
});
