import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExpressSessionStore, passportOpenidconnect } from '../../../relying-party/express-session/index.ts';
import type { RelyingPartyIdentity } from '../../../relying-party/sessions/index.ts';
import { type Browser, openBrowser } from '../../end-to-end/browser.ts';
import { changes, type ExpressRelyingParty, startPassportApp } from '../../end-to-end/express-relying-party.ts';
import { signIn, whoIsAt } from '../../end-to-end/signing.ts';
import { epochSeconds } from '../../logout-token.ts';
import { sampleOf } from '../../sample.ts';
import { newTable } from '../../tables.ts';
import { type ScriptedOpenidProvider, startScriptedOpenidProvider } from './scripted-openid-provider.ts';

let relyingParty: RelyingPartyIdentity;
let op: ScriptedOpenidProvider;
let store: ExpressSessionStore;
/** One application in two processes, as far as the store can tell. */
let apps: ExpressRelyingParty[];
let browser: Browser;
/** `iat` of the login. */
let loginAt: number;

beforeAll(async () => {
  op = await startScriptedOpenidProvider('shop');
  relyingParty = { issuer: op.issuer, clientId: 'shop' };
  const table = await newTable('sessions');
  const newStore = () =>
    new ExpressSessionStore({ ...table, relyingParty, identityOf: passportOpenidconnect(relyingParty) });
  store = newStore();
  const client = { ...relyingParty, clientSecret: 'secret' };
  apps = await Promise.all(
    [store, newStore()].map((each) => startPassportApp(client, each, { resave: false, saveUninitialized: false })),
  );
});

afterAll(async () => {
  await Promise.all([op, ...apps].map((part) => part.stop()));
});

beforeEach(() => {
  browser = openBrowser();
  loginAt = epochSeconds() - 60;
});

function inProcess(index: number): ExpressRelyingParty {
  const app = apps[index];
  if (!app) {
    throw new Error(`there is no process ${index}`);
  }
  return app;
}

/** Signs in at the one process, refreshes at the other, and answers whether that left the user signed in. */
async function signInAndRefresh(login: object, refreshed: object, change: string): Promise<void> {
  op.login = { sub: 'alice', iat: loginAt, ...login };
  op.refreshed = { sub: 'alice', iat: loginAt + 30, ...refreshed };
  await signIn(browser, 'alice', inProcess(0));
  expect((await browser.open(`${inProcess(1).url}/refresh?change=${encodeURIComponent(change)}`)).text).toBe(
    'refreshed',
  );
  expect(await whoIsAt(browser, inProcess(0))).toBe('signed in as alice');
}

let sids = 0;
/** A session of the OP that no other test has. */
const newSid = () => `sid-${sids++}`;

describe.each(sampleOf(changes, 2))('an application that %s after a token refresh', (change) => {
  it('has a session that the logout by sid ends, dated before the refresh', async () => {
    const sid = newSid();
    await signInAndRefresh({ sid, sub: 'alice' }, {}, change);
    await store.sessions.endSessions({ ...relyingParty, sid }, loginAt + 10);
    expect(await whoIsAt(browser, inProcess(0))).toBe('anonymous');
  });
});

describe('without sid,', () => {
  const change = 'logs in again';

  const refreshes: [string, { auth_time?: number }, { auth_time?: number; sid?: string }][] = [
    ['the auth_time of the login', { auth_time: 0 }, { auth_time: 0 }],
    ['the auth_time of the login, by a clock ahead of that of iat', { auth_time: 2 }, { auth_time: 2 }],
    ['an auth_time from before the login’s iat, which had none', {}, { auth_time: -5 }],
    ['no auth_time, which the login had', { auth_time: 0 }, {}],
    ['no auth_time, as the login', {}, {}],
    ['the first sid', {}, { sid: 'new' }],
  ];

  it.each(sampleOf(refreshes, 4))('an ID token with %s is of the same login', async (_what, login, refreshed) => {
    const sub = `sub-${sids++}`;
    await signInAs(sub, login, refreshed);
    await store.sessions.endSessions({ ...relyingParty, sub }, loginAt + 10);
    expect(await whoIsAt(browser, inProcess(0))).toBe('anonymous');
  });

  it('an ID token with a later auth_time is of a new login, which a late logout of the old one does not end', async () => {
    const sub = `sub-${sids++}`;
    await signInAs(sub, { auth_time: -5 }, { auth_time: 29 });
    await store.sessions.endSessions({ ...relyingParty, sub }, loginAt + 10);
    expect(await whoIsAt(browser, inProcess(0))).toBe(`signed in as ${sub}`);
    await store.sessions.endSessions({ ...relyingParty, sub }, loginAt + 30);
    expect(await whoIsAt(browser, inProcess(0))).toBe('anonymous');
  });

  it('a first sid in a refreshed ID token is one more that the logout finds the session by', async () => {
    const [sub, sid] = [`sub-${sids++}`, newSid()];
    await signInAs(sub, {}, { sid });
    await store.sessions.endSessions({ ...relyingParty, sid }, loginAt + 10);
    expect(await whoIsAt(browser, inProcess(0))).toBe('anonymous');
  });

  const since = (claims: { auth_time?: number }) =>
    claims.auth_time === undefined ? claims : { ...claims, auth_time: loginAt + claims.auth_time };

  async function signInAs(sub: string, login: object, refreshed: object): Promise<void> {
    op.login = { sub, iat: loginAt, ...since(login) };
    op.refreshed = { sub, iat: loginAt + 30, ...since(refreshed) };
    await signIn(browser, sub, inProcess(0));
    await browser.open(`${inProcess(1).url}/refresh?change=${encodeURIComponent(change)}`);
    expect(await whoIsAt(browser, inProcess(0))).toBe(`signed in as ${sub}`);
  }
});

it('a login with another sid in the same browser session is a new one', async () => {
  const [first, second] = [newSid(), newSid()];
  await signInAndRefresh({ sid: first }, { sid: second }, 'logs in again');
  await store.sessions.endSessions({ ...relyingParty, sid: first }, epochSeconds());
  expect(await whoIsAt(browser, inProcess(0))).toBe('signed in as alice');
  await store.sessions.endSessions({ ...relyingParty, sid: second }, epochSeconds());
  expect(await whoIsAt(browser, inProcess(0))).toBe('anonymous');
});
