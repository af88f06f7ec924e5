import { EventEmitter, once } from 'node:events';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import fastify, { type FastifyInstance } from 'fastify';
import { UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ExpressSessionStore, passportOpenidconnect } from '../../../relying-party/express-session/index.ts';
import { epochSeconds } from '../../logout-token.ts';
import { newTable, type TestTable } from '../../tables.ts';

declare module 'fastify' {
  interface Session {
    passport?: { user: { idToken: string } };
    visits?: number;
  }
}

const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const loginAt = epochSeconds() - 60;

let table: TestTable;
let store: ExpressSessionStore;
let app: FastifyInstance;
let events: EventEmitter;
let cookie: string;

beforeEach(async () => {
  table = await newTable('sessions');
  store = newStore();
  events = new EventEmitter();
  cookie = '';
  app = await newApp(store);
});

afterEach(async () => {
  await app.close();
});

function newStore(): ExpressSessionStore {
  return new ExpressSessionStore({ ...table, relyingParty, identityOf: passportOpenidconnect(relyingParty) });
}

const Query = z.object({
  sub: z.optional(z.string()),
  sid: z.optional(z.string()),
  after: z._default(z.coerce.number(), 0),
});

function userOf(query: unknown) {
  const { after, ...claims } = Query.parse(query);
  return { user: { idToken: new UnsecuredJWT({ ...claims, iat: loginAt + after }).encode() } };
}

async function newApp(sessions: ExpressSessionStore): Promise<FastifyInstance> {
  const server = fastify();
  await server.register(fastifyCookie);
  await server.register(fastifySession, {
    secret: 'a secret of this test run, of enough bytes',
    cookie: { secure: false, maxAge: 3_600_000 },
    saveUninitialized: false,
    store: sessions,
  });
  server.get('/', (request) => {
    const { session } = request;
    session.visits = (session.visits ?? 0) + 1;
    const { idToken } = session.passport?.user ?? {};
    return { isSignedIn: idToken !== undefined, visits: session.visits };
  });
  server.get('/login', async (request) => {
    request.session.passport = userOf(request.query);
    return {};
  });
  server.get('/slow', async (request) => {
    const letGo = once(events, 'let go');
    events.emit('arrived');
    await letGo;
    Object.assign(
      request.session,
      { late: true },
      request.query && Object.keys(Object(request.query)).length > 0 && { passport: userOf(request.query) },
    );
    return {};
  });
  server.get('/regenerate', async (request) => {
    await request.session.regenerate();
    request.session.passport = userOf(request.query);
    return {};
  });
  server.get('/regenerate-keeping', async (request) => {
    request.session.passport = userOf(request.query);
    await request.session.regenerate(['passport']);
    return {};
  });
  server.get('/sign-out', async (request) => {
    await request.session.destroy();
    return {};
  });
  return server;
}

/** What a browser does: it keeps the cookie. */
async function open(path: string, at = app): Promise<{ status: number; body: unknown }> {
  const answer = await at.inject({ url: path, headers: cookie ? { cookie } : {} });
  const [set] = answer.cookies.filter(({ name }) => name === 'sessionId');
  if (set) {
    cookie = `sessionId=${encodeURIComponent(set.value)}`;
  }
  return { status: answer.statusCode, body: answer.json() };
}

/** Lets a request read its session, does something, and lets the request save. */
async function during(path: string, work: () => Promise<unknown>): Promise<number> {
  const kept = cookie;
  const arrived = once(events, 'arrived');
  const slow = open(path);
  await arrived;
  await work();
  events.emit('let go');
  const { status } = await slow;
  cookie = kept;
  return status;
}

const logOut = (scope: { sub: string } | { sid: string }, after = 10) =>
  store.sessions.endSessions({ ...relyingParty, ...scope }, loginAt + after);
const isSignedIn = async () => (await open('/')).body;

describe('an application with @fastify/session', () => {
  it('keeps a session that a logout ends', async () => {
    await open('/login?sub=alice&sid=s');
    expect(await isSignedIn()).toEqual({ isSignedIn: true, visits: 1 });
    expect(await isSignedIn()).toEqual({ isSignedIn: true, visits: 2 });
    expect(await logOut({ sid: 's' })).toEqual({ ended: 1 });
    expect(await isSignedIn()).toEqual({ isSignedIn: false, visits: 1 });
  });

  it.each([
    ['saves what it has read', '/slow'],
    ['saves a refreshed ID token', '/slow?sub=alice&sid=s&after=30'],
    ['saves a refreshed ID token without sid', '/slow?sub=alice&after=30'],
  ])('is not brought back by a request that %s after the logout', async (_what, path) => {
    await open('/login?sub=alice&sid=s');
    expect(await during(path, () => logOut({ sid: 's' }))).toBe(200);
    expect(await isSignedIn()).toEqual({ isSignedIn: false, visits: 1 });
    expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
  });

  it('is not brought back by a request that ends after the sign-out', async () => {
    await open('/login?sub=alice&sid=s');
    expect(await during('/slow', () => open('/sign-out'))).toBe(200);
    expect(await isSignedIn()).toEqual({ isSignedIn: false, visits: 1 });
    expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
  });

  it('is not brought back anonymously either', async () => {
    await open('/');
    expect(await during('/slow', () => open('/sign-out'))).toBe(200);
    expect(await isSignedIn()).toEqual({ isSignedIn: false, visits: 1 });
  });

  it('lets a user sign in who had an anonymous session', async () => {
    await open('/');
    await open('/login?sub=alice&sid=s');
    expect(await isSignedIn()).toEqual({ isSignedIn: true, visits: 2 });
    expect(await logOut({ sub: 'alice' })).toEqual({ ended: 1 });
  });

  it.each(['/regenerate', '/regenerate-keeping', '/login'])(
    'keeps the login at %s with a refreshed ID token',
    async (path) => {
      await open('/login?sub=alice&sid=s');
      const other = await newApp(newStore());
      await open(`${path}?sub=alice&after=30`, other);
      await other.close();
      expect(await isSignedIn()).toMatchObject({ isSignedIn: true });
      expect(await logOut({ sid: 's' })).toEqual({ ended: 1 });
      expect(await isSignedIn()).toMatchObject({ isSignedIn: false });
    },
  );

  it('gives the session to somebody else who signs in in it, and to nobody by a late save', async () => {
    await open('/login?sub=alice');
    const status = await during('/slow?sub=alice&after=30', async () => {
      await open('/login?sub=bob');
      await logOut({ sub: 'alice' });
    });
    expect(status).toBe(500);
    expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
    expect(await store.sessions.list({ ...relyingParty, sub: 'bob' })).toHaveLength(1);
  });
});

it('a save in a process that has not read the session does not bring it back where its end is there', async () => {
  const session = { cookie: {}, passport: userOf({ sub: 'alice' }) };
  const save = (at: ExpressSessionStore, of: object) =>
    new Promise((resolve) => {
      at.set('a', of, (error) => resolve(error));
    });
  expect(await save(store, session)).toBeNull();
  await logOut({ sub: 'alice' });
  expect(await save(newStore(), { ...session, passport: userOf({ sub: 'alice', after: 30 }) })).toMatchObject({
    code: 'session_not_found',
  });
  expect(await save(newStore(), { cookie: {}, basket: [1] })).toBeNull();
  const read = await new Promise((resolve) => {
    newStore().get<object>('a', (_error, found) => resolve(found));
  });
  expect(read).toBeUndefined();
});
