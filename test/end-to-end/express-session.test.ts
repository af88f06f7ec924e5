import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ExpressSessionStore,
  expressOpenidConnect,
  type IdentityOf,
  passportOpenidconnect,
} from '../../relying-party/express-session/index.ts';
import type { RelyingPartyIdentity, SessionStore } from '../../relying-party/sessions/index.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { sampleOf } from '../sample.ts';
import { openBrowser } from './browser.ts';
import { type ExpressRelyingParty, startOpenidConnectApp, startPassportApp } from './express-relying-party.ts';
import { type OpenidProvider, reserveOpenidProvider } from './openid-provider.ts';
import { logIn, nextSecond, signIn, signOutAtOp, whoIsAt } from './signing.ts';

const clientSecret = randomBytes(32).toString('base64url');
const DAY = 86_400_000;
const ALL_APPS = {
  'express-openid-connect': undefined,
  'express-session that saves what changed': { resave: false, saveUninitialized: false },
  'express-session that saves always': { resave: true, saveUninitialized: true, cookie: { maxAge: DAY } },
  'express-session that rolls': { resave: false, saveUninitialized: true, rolling: true, cookie: { maxAge: DAY } },
};

const APPS = new Map(sampleOf(Object.entries(ALL_APPS), 4));

const clientIdOf = (name: string) => name.replaceAll(' ', '-');

let op: OpenidProvider;
let receiver: LocalRun;
const apps = new Map<string, ExpressRelyingParty>();
const stores = new Map<string, ExpressSessionStore>();

beforeAll(async () => {
  op = await reserveOpenidProvider();
  const { issuer } = op;
  const clientIds = [...APPS.keys()].map(clientIdOf);
  receiver = await startLocalRun(clientIds.map((clientId) => ({ issuer, clientId, algorithms: ['RS256'] })));
  const { client, tables } = receiver;
  const storeFor = (relyingParty: RelyingPartyIdentity, identityOf: IdentityOf) => {
    const store = new ExpressSessionStore({ client, tableName: tables.sessions, relyingParty, identityOf });
    stores.set(relyingParty.clientId, store);
    return store;
  };
  for (const [name, settings] of APPS) {
    const clientId = clientIdOf(name);
    const relyingParty = { issuer, clientId };
    const client = { ...relyingParty, clientSecret };
    apps.set(
      name,
      settings
        ? await startPassportApp(client, storeFor(relyingParty, passportOpenidconnect(relyingParty)), settings)
        : await startOpenidConnectApp(client, storeFor(relyingParty, expressOpenidConnect(relyingParty))),
    );
  }
  await op.open(
    ...[...apps].map(([name, { url }]) => ({
      client_id: clientIdOf(name),
      client_secret: clientSecret,
      redirect_uris: [`${url}/callback`],
      backchannel_logout_uri: receiver.endpoint,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: 'RS256' as const,
    })),
  );
  // The local run has asked for its keys before it was open.
  await receiver.forgetKeys(op.issuer);
});

afterAll(async () => {
  await Promise.all([receiver, ...apps.values()].map((part) => part.stop()));
  await op.stop();
});

function appOf(name: string): ExpressRelyingParty & { readonly sessions: SessionStore } {
  const clientId = clientIdOf(name);
  const [app, store] = [apps.get(name), stores.get(clientId)];
  if (!app || !store) {
    throw new Error(`there is no application ${name}`);
  }
  return { ...app, sessions: store.sessions };
}

const subjectOf = (name: string, sub: string) => ({ issuer: op.issuer, clientId: clientIdOf(name), sub });

describe.each([...APPS.keys()])('an application with %s', (name) => {
  it('ends the session that the OP’s own logout request names, and nobody else’s', async () => {
    const app = appOf(name);
    const [alice, bob] = [openBrowser(), openBrowser()];
    expect(await whoIsAt(alice, app)).toBe('anonymous');
    await signIn(alice, 'alice', app);
    await signIn(bob, 'bob', app);
    expect(await whoIsAt(alice, app)).toBe('signed in as alice');
    const answersBefore = op.logoutAnswers.length;

    await signOutAtOp(alice, op);

    expect(op.logoutAnswers.slice(answersBefore)).toEqual([200]);
    expect(await whoIsAt(alice, app)).toBe('anonymous');
    expect(await whoIsAt(bob, app)).toBe('signed in as bob');
    await nextSecond();
    await signIn(alice, 'alice', app);
    expect(await whoIsAt(alice, app)).toBe('signed in as alice');
    expect(await app.sessions.list(subjectOf(name, 'alice'))).toHaveLength(1);
  });

  it('is not brought back to life by a request that was under way', async () => {
    const app = appOf(name);
    const carol = openBrowser();
    await signIn(carol, 'carol', app);
    const arrived = app.slowRequest();
    const slow = carol.open(`${app.url}/slow`);
    const letGo = await arrived;

    await signOutAtOp(carol, op);
    letGo();

    expect((await slow).text).toBe('signed in as carol');
    expect(await whoIsAt(carol, app)).toBe('anonymous');
    expect(await app.sessions.list(subjectOf(name, 'carol'))).toEqual([]);
  });

  it('refuses a login that a logout overtakes, and then nobody is signed in', async () => {
    const app = appOf(name);
    const dave = openBrowser();
    await app.sessions.endSessions(subjectOf(name, 'dave'), Math.floor(Date.now() / 1000) + 30);
    expect((await logIn(dave, 'dave', app)).text).toBe('logged out meanwhile');
    expect(await whoIsAt(dave, app)).toBe('anonymous');
  });
});
