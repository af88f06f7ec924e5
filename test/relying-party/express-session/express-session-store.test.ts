import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import session from 'express-session';
import { UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ExpressSessionStore,
  extendStore,
  passportOpenidconnect,
} from '../../../relying-party/express-session/index.ts';
import { LoggedOutError, SessionNotFoundError } from '../../../relying-party/sessions/index.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { newTable, type TestTable } from '../../tables.ts';

const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const now = () => Math.floor(Date.now() / 1000);

let table: TestTable;
let store: ExpressSessionStore;

beforeEach(async () => {
  table = await newTable('sessions');
  store = storeWith();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets a test see what the store asks of DynamoDB. */
async function watchStore(): Promise<DynamodbProxy> {
  const proxy = await startDynamodbProxy(1);
  onTestFinished(() => proxy.stop());
  store = storeWith({ client: proxy.client });
  return proxy;
}

function storeWith(changes = {}): ExpressSessionStore {
  return new ExpressSessionStore({
    tableName: table.tableName,
    client: table.client,
    relyingParty,
    identityOf: passportOpenidconnect(relyingParty),
    ...changes,
  });
}

type Stored = Record<string, unknown>;
type Callback<Result> = (error?: unknown, result?: Result) => void;

/** What a method calls back with. */
const answerOf = <Result>(call: (callback: Callback<Result>) => void): Promise<Result | undefined> =>
  new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });

const get = async (id: string, from = store): Promise<Stored> =>
  Object(await answerOf<object | null>((callback) => from.get(id, callback)));
const set = (id: string, session: object, to = store) => answerOf((callback) => to.set(id, session, callback));
const touch = (id: string, session: object, to = store) => answerOf((callback) => to.touch(id, session, callback));
const destroy = (id: string) => answerOf((callback) => store.destroy(id, callback));

/** A cookie as express-session hands it over, that ends in some seconds. */
const cookieFor = (seconds: number) => ({
  originalMaxAge: seconds * 1000,
  expires: new Date(Date.now() + seconds * 1000),
  httpOnly: true,
  path: '/',
});

function tokenOf(claims: { sub: string; sid?: string; iat?: number }): string {
  return new UnsecuredJWT({ ...claims }).setIssuedAt(claims.iat ?? now() - 10).encode();
}

/** A session of somebody, with the cookie that express-session gives it. */
function signedIn(claims: { sub: string; sid?: string; iat?: number }, more: object = {}): Stored {
  return { cookie: cookieFor(3600), passport: { user: { idToken: tokenOf(claims) } }, ...more };
}

async function items(): Promise<Stored[]> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName, ConsistentRead: true }));
  return Items;
}

/** An application's own login, under an id that was used before. */
const createUnder = (id: string, sub: string, data = {}) =>
  store.sessions.create({ ...relyingParty, id, sub, idTokenIssuedAt: now() - 5, expiresAt: now() + 3600, data });

const end = (sub: string, notBefore = now()) => store.sessions.endSessions({ ...relyingParty, sub }, notBefore);

describe('an anonymous session', () => {
  it('is kept without pointers, and is no login', async () => {
    await set('a', { cookie: cookieFor(60), flash: 'hello' });
    expect(await get('a')).toMatchObject({ flash: 'hello' });
    expect(await items()).toHaveLength(1);
    expect(await store.sessions.get('a')).toBeUndefined();
  });

  it('changes, ends, and is not brought back by what was read from it', async () => {
    await set('a', { cookie: cookieFor(60), visits: 1 });
    const read = await get('a');
    await set('a', Object.assign(read, { visits: 2 }));
    expect(await get('a')).toMatchObject({ visits: 2 });
    await destroy('a');
    await set('a', Object.assign(read, { visits: 3 }));
    expect(await get('a')).toEqual({});
  });

  it('is over when its cookie is, although DynamoDB has not deleted it', async () => {
    await set('a', { cookie: cookieFor(60) });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await get('a')).toEqual({});
    await set('a', { cookie: cookieFor(60), again: true });
    expect(await get('a')).toMatchObject({ again: true });
  });

  it('of another relying party is not found', async () => {
    await set('a', { cookie: cookieFor(60), flash: 'hello' });
    const forum = storeWith({ relyingParty: { ...relyingParty, clientId: 'forum' } });
    expect(await get('a', forum)).toEqual({});
  });

  it('in which somebody signs in under the same id becomes a session that a logout ends', async () => {
    await set('a', { cookie: cookieFor(60), basket: [1] });
    const read = await get('a');
    await set('a', Object.assign(read, signedIn({ sub: 'alice' })));
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'alice', data: { basket: [1] } });
    expect(await end('alice')).toEqual({ ended: 1 });
    expect(await get('a')).toEqual({});
    await set('a', Object.assign(read, { late: true }));
    expect(await get('a')).toEqual({});
  });

  it('does not hide the login that another request has saved under its id meanwhile', async () => {
    await set('a', { cookie: cookieFor(60) });
    const [one, other] = [await get('a'), await get('a')];
    await set('a', Object.assign(one, signedIn({ sub: 'alice' })));
    await set('a', Object.assign(other, { late: true }));
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'alice' });
    expect(await get('a')).not.toHaveProperty('late');
  });
});

describe('a session in which somebody is signed in', () => {
  it('is made by create: pointers, what has the id, the markers, the session', async () => {
    const proxy = await watchStore();
    await set('a', signedIn({ sub: 'alice', sid: 's' }));
    expect(proxy.operations).toEqual([
      ...['GetItem', 'GetItem'],
      ...['PutItem', 'PutItem', 'GetItem', 'GetItem', 'GetItem', 'PutItem'],
      'DeleteItem',
    ]);
    const { sub, sid } = (await store.sessions.list({ ...relyingParty, sub: 'alice' }))[0] ?? {};
    expect({ sub, sid }).toEqual({ sub: 'alice', sid: 's' });
  });

  it('is refused where a logout covers the login, and leaves nothing', async () => {
    await end('alice');
    await expect(set('a', signedIn({ sub: 'alice' }))).rejects.toThrow(LoggedOutError);
    expect(await get('a')).toEqual({});
  });

  it('is not brought back by a save or a touch of what was read before the logout', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    const read = await get('a');
    await end('alice');
    await set('a', Object.assign(read, { late: true }));
    await touch('a', { ...read, cookie: cookieFor(7200) });
    await touch('a', Object.assign(read, { cookie: cookieFor(7200) }));
    expect(await get('a')).toEqual({});
  });

  it.each([
    ['the same sid', 's'],
    ['no sid', undefined],
    ['another sid', 'another'],
  ])('is not brought back with an ID token of %s that was refreshed after the logout', async (_what, sid) => {
    const iat = now() - 10;
    await set('a', signedIn({ sub: 'alice', sid: 's', iat }));
    const read = await get('a');
    await end('alice', iat + 1);
    const saved = set('a', Object.assign(read, signedIn({ sub: 'alice', iat: iat + 2, ...(sid && { sid }) })));
    // Another sid looks like another login, which is never dropped without a word.
    await (sid === 'another' ? expect(saved).rejects.toThrow(SessionNotFoundError) : saved);
    expect(await get('a')).toEqual({});
  });

  it('counts from the first ID token also when it keeps a refreshed one', async () => {
    const iat = now() - 10;
    await set('a', signedIn({ sub: 'alice', iat }));
    await set('a', Object.assign(await get('a'), signedIn({ sub: 'alice', iat: iat + 5 })));
    expect(await store.sessions.get('a')).toMatchObject({ idTokenIssuedAt: iat });
    await end('alice', iat);
    expect(await get('a')).toEqual({});
  });

  it('is not written over by what was read from an older session of the same id', async () => {
    const iat = now() - 10;
    await set('a', signedIn({ sub: 'alice', iat }));
    const old = await get('a');
    await end('alice', iat);
    await createUnder('a', 'alice', { of: 'the new login' });
    await set('a', Object.assign(old, { of: 'the old login' }));
    expect(await get('a')).toMatchObject({ of: 'the new login' });
  });

  it('is not ended by a late request whose own session is over', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    const old = await get('a');
    await end('alice');
    await createUnder('a', 'bob');
    await set('a', Object.assign(old, { cookie: cookieFor(-1) }));
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'bob' });
  });

  it('can be had under the same id at once after a login that was refused', async () => {
    await set('a', { cookie: cookieFor(60) });
    const iat = now() - 10;
    await end('alice', iat);
    await expect(set('a', signedIn({ sub: 'alice', iat }))).rejects.toThrow(LoggedOutError);
    await set('a', signedIn({ sub: 'alice', iat: iat + 1 }));
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'alice' });
  });

  it('gives way to another one when somebody else, or another OP session, signs in under the same id', async () => {
    await set('a', signedIn({ sub: 'alice', sid: '1' }));
    await set('a', Object.assign(await get('a'), signedIn({ sub: 'alice', sid: '2' })));
    await store.sessions.endSessions({ ...relyingParty, sid: '1' }, now());
    expect(await store.sessions.get('a')).toMatchObject({ sid: '2' });
    await set('a', Object.assign(await get('a'), signedIn({ sub: 'bob', sid: '2' })));
    await end('alice');
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'bob' });
    await end('bob');
    expect(await get('a')).toEqual({});
  });

  it('is saved once by two saves at once of a new session', async () => {
    const session = signedIn({ sub: 'alice' });
    await Promise.all([set('a', session), set('a', session)]);
    expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toHaveLength(1);
    expect(await end('alice')).toEqual({ ended: 1 });
  });

  it('is still ended by a logout once the user has gone out of it', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    await set('a', Object.assign(await get('a'), { passport: {} }));
    expect(await end('alice')).toEqual({ ended: 1 });
    expect(await get('a')).toEqual({});
  });

  it('is not stored where it cannot be told whose it is', async () => {
    await expect(set('a', { cookie: cookieFor(60), passport: { user: { id: 1 } } })).rejects.toThrow(/ID token/);
    expect(await items()).toEqual([]);
  });

  it('is deleted by destroy, with all that points to it', async () => {
    await set('a', signedIn({ sub: 'alice', sid: 's' }));
    await destroy('a');
    expect((await items()).filter(({ endedAt }) => !endedAt)).toEqual([]);
  });

  it('is deleted by a save whose cookie is over', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    await set('a', Object.assign(await get('a'), { cookie: cookieFor(-1) }));
    expect((await items()).filter(({ endedAt }) => !endedAt)).toEqual([]);
  });
});

describe('a save of what a middleware has copied', () => {
  const copyOf = (session: object) => JSON.parse(JSON.stringify(session));

  it.each([
    ['a logout', () => end('alice')],
    ['destroy', () => destroy('a')],
  ])('brings nothing back after %s, whatever ID token it has', async (_what, endIt) => {
    await set('a', signedIn({ sub: 'alice' }));
    const read = await get('a');
    await endIt();
    await set('a', copyOf({ ...read, late: true }));
    await set('a', copyOf(signedIn({ sub: 'alice', iat: now() })));
    await set('a', copyOf({ cookie: cookieFor(60), basket: [1] }));
    await touch('a', copyOf({ ...read, cookie: cookieFor(7200) }));
    expect(await get('a')).toEqual({});
    await expect(set('a', copyOf(signedIn({ sub: 'bob', iat: now() })))).rejects.toThrow(SessionNotFoundError);
    expect(await get('a')).toEqual({});
  });

  it('brings no anonymous session back', async () => {
    await set('a', { cookie: cookieFor(60), visits: 1 });
    const read = await get('a');
    await destroy('a');
    await set('a', copyOf({ ...read, visits: 2 }));
    expect(await get('a')).toEqual({});
  });

  it('saves while the session lives, and signs in who was anonymous', async () => {
    await set('a', { cookie: cookieFor(60), visits: 1 });
    await set('a', copyOf({ ...(await get('a')), ...signedIn({ sub: 'alice' }) }));
    await set('a', copyOf({ ...(await get('a')), visits: 2 }));
    expect(await store.sessions.get('a')).toMatchObject({ sub: 'alice', data: { visits: 2 } });
  });

  it('writes nothing where it changes nothing', async () => {
    const proxy = await watchStore();
    await set('a', signedIn({ sub: 'alice' }));
    const read = await get('a');
    const before = proxy.operations.length;
    await set('a', copyOf(read));
    expect(proxy.operations.slice(before)).toEqual([]);
  });
});

describe('a session that a request regenerates with a refreshed ID token', () => {
  const iat = now() - 30;

  /** A request of `express-session` that has read the session. */
  async function requestFor(id: string) {
    const extended = extendStore(session.Store, store);
    const request: Record<string, unknown> = { sessionID: id };
    Object.assign(extended, {
      generate(generated: object) {
        Object.assign(generated, { sessionID: 'new', session: { cookie: cookieFor(3600) } });
      },
    });
    Reflect.apply(extended.createSession, extended, [request, await get(id)]);
    return {
      async regenerate(claims: { sub: string; sid?: string; iat?: number }) {
        await answerOf((callback) => Reflect.apply(extended.regenerate, extended, [request, callback]));
        await set('new', Object.assign(Object(request.session), signedIn(claims)));
      },
    };
  }

  it('is refused where a logout by sid came in between, although the token is later', async () => {
    await set('a', signedIn({ sub: 'alice', sid: 's', iat }));
    const request = await requestFor('a');
    await store.sessions.endSessions({ ...relyingParty, sid: 's' }, iat + 10);
    await expect(request.regenerate({ sub: 'alice', iat: iat + 20 })).rejects.toThrow(LoggedOutError);
    expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
  });

  it('is the new login’s where somebody else signs in', async () => {
    await set('a', signedIn({ sub: 'alice', sid: 's', iat }));
    const request = await requestFor('a');
    await store.sessions.endSessions({ ...relyingParty, sid: 's' }, iat + 10);
    await request.regenerate({ sub: 'bob', iat: iat + 20 });
    expect(await store.sessions.get('new')).toMatchObject({ sub: 'bob', idTokenIssuedAt: iat + 20 });
  });
});

describe('writes', () => {
  let proxy: DynamodbProxy;
  beforeEach(async () => {
    proxy = await watchStore();
  });

  const writesOf = async (work: () => Promise<unknown>) => {
    const before = proxy.operations.length;
    await work();
    return proxy.operations.slice(before).filter((operation) => operation !== 'GetItem');
  };

  it('are none for a touch or a save that changes nothing and hardly moves the end', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    const read = await get('a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 50_000 });
    Object.assign(read, { cookie: cookieFor(3600) });
    expect(await writesOf(() => touch('a', read))).toEqual([]);
    expect(await writesOf(() => set('a', read))).toEqual([]);
  });

  it('are one for a touch that moves the end by a minute, and none for the next one', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    const read = await get('a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    Object.assign(read, { cookie: cookieFor(3600) });
    expect(await writesOf(() => touch('a', read))).toEqual(['UpdateItem']);
    expect(await writesOf(() => touch('a', read))).toEqual([]);
    expect(await store.sessions.get('a')).toMatchObject({ expiresAt: now() + 3600 });
  });

  it('are one for a touch that moves a short end by a tenth', async () => {
    await set('a', { ...signedIn({ sub: 'alice' }), cookie: cookieFor(60) });
    const read = await get('a');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7000 });
    expect(await writesOf(() => touch('a', Object.assign(read, { cookie: cookieFor(60) })))).toEqual(['UpdateItem']);
  });

  it('are none for a touch at the longest life that a session may have', async () => {
    const brief = storeWith({ client: proxy.client, maxSessionLifetimeSeconds: 600 });
    await set('a', signedIn({ sub: 'alice' }), brief);
    const read = await get('a', brief);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 });
    const touched = Object.assign(read, { cookie: cookieFor(3600) });
    expect(await writesOf(() => touch('a', touched, brief))).toEqual([]);
  });

  it('are one for an end that comes sooner', async () => {
    await set('a', signedIn({ sub: 'alice' }));
    const read = Object.assign(await get('a'), { cookie: cookieFor(60) });
    expect(await writesOf(() => set('a', read))).toEqual(['UpdateItem']);
    expect(await store.sessions.get('a')).toMatchObject({ expiresAt: expect.toSatisfy((at) => at <= now() + 60) });
  });

  it('keep a session without an end of its own for lifetimeSeconds', async () => {
    const brief = storeWith({ lifetimeSeconds: 100 });
    await set('a', { ...signedIn({ sub: 'alice' }), cookie: { originalMaxAge: null, expires: null } }, brief);
    const { expiresAt = 0 } = (await store.sessions.get('a')) ?? {};
    expect(expiresAt - now()).toBeGreaterThan(90);
    expect(expiresAt - now()).toBeLessThanOrEqual(100);
  });
});

it('calls back with what DynamoDB fails with', async () => {
  const proxy = await watchStore();
  proxy.fateOf = () => 'lose request';
  await expect(get('a')).rejects.toThrow();
  await expect(set('a', signedIn({ sub: 'alice' }))).rejects.toThrow();
  await expect(touch('a', signedIn({ sub: 'alice' }))).rejects.toThrow();
  await expect(destroy('a')).rejects.toThrow();
});

it.each([
  ['lifetimeSeconds', 0],
  ['lifetimeSeconds', 1.5],
  ['touchAfterSeconds', -1],
])('refuses %s of %s', (name, value) => {
  expect(() => storeWith({ [name]: value })).toThrow(name);
});

it('finds a session again by the id of random bits that the middleware made', async () => {
  const id = randomUUID();
  await set(id, signedIn({ sub: 'alice' }));
  expect(JSON.stringify(await items())).not.toContain(id);
  expect(await get(id)).toHaveProperty('passport');
});
