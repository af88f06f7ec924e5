import { createServer } from 'node:http';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import express, { type NextFunction, type Request, type Response } from 'express';
import { auth } from 'express-openid-connect';
import { UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ExpressSessionStore, expressOpenidConnect } from '../../../relying-party/express-session/index.ts';
import { hashOf } from '../../../relying-party/sessions/item-keys.ts';
import { sessionKey } from '../../../relying-party/sessions/session.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { epochSeconds } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { newTable } from '../../tables.ts';

const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const server = createServer();
let store: ExpressSessionStore;
let proxy: DynamodbProxy;
let url: string;
let tableName: string;

beforeEach(async () => {
  ({ tableName } = await newTable('sessions'));
  proxy = await startDynamodbProxy(1);
  store = new ExpressSessionStore({
    client: proxy.client,
    tableName,
    relyingParty,
    identityOf: expressOpenidConnect(relyingParty),
  });
  url = await listen(server);
  const app = express();
  const endpoints = { authorization_endpoint: `${url}/auth`, jwks_uri: `${url}/jwks` };
  app.get('/.well-known/openid-configuration', (_request, response) => {
    response.send({ issuer: url, ...endpoints });
  });
  app.use(
    auth({
      issuerBaseURL: url,
      baseURL: url,
      clientID: relyingParty.clientId,
      secret: 'a secret of this test run, of enough bytes',
      authRequired: false,
      idpLogout: false,
      session: { store },
    }),
  );
  app.get('/', (request, response) => {
    const { appSession } = Session.parse(request);
    appSession.visits = Number(appSession.visits ?? 0) + 1;
    response.send({ user: request.oidc.user?.sub, visits: appSession.visits });
  });
  app.get('/forget', (request, response) => {
    const { appSession } = Session.parse(request);
    const isReadable = appSession.sessionUnavailable === undefined;
    Object.assign(request, { appSession: undefined });
    response.send({ isReadable });
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(503).send(error instanceof Error ? error.name : 'unknown');
  });
  server.removeAllListeners('request').on('request', app);
});

afterEach(async () => {
  await Promise.all([stopServer(server), proxy.stop()]);
});

const Session = z.object({ appSession: z.looseObject({}) });

/** A session as the library saves it after a login. */
function signedIn(sub: string) {
  const [iat, exp] = [epochSeconds() - 10, epochSeconds() + 3600];
  const idToken = new UnsecuredJWT({ sub, iss: relyingParty.issuer, aud: 'shop', iat, exp }).encode();
  return { header: { iat, uat: iat, exp }, data: { id_token: idToken, visits: 1 }, cookie: { expires: exp * 1000 } };
}

const save = (id: string, session: object) =>
  new Promise<void>((resolve, reject) => {
    store.set(id, session, (error) => (error ? reject(error) : resolve()));
  });

const open = (id: string, path = '/') =>
  fetch(new URL(path, url), { headers: { cookie: `appSession=${id}` }, redirect: 'manual' });

const failReads = () => {
  proxy.fateOf = (operation) => (operation === 'GetItem' ? 'fail' : 'pass');
};
const failNothing = () => {
  proxy.fateOf = () => 'pass';
};

it('a failed read fails the request, and keeps the session and the cookie', async () => {
  await save('a', signedIn('alice'));
  failReads();
  const answer = await open('a');
  expect([answer.status, await answer.text()]).toEqual([503, 'InternalServerError']);
  expect(answer.headers.get('set-cookie')).toMatch(/^appSession=a;/);
  failNothing();
  expect(await (await open('a')).json()).toEqual({ user: 'alice', visits: 2 });
});

it('a sign-out during a failed read fails too, and signs the user out when it is tried again', async () => {
  await save('a', signedIn('alice'));
  failReads();
  expect((await open('a', '/logout')).status).toBe(503);
  failNothing();
  const answer = await open('a', '/logout');
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([302, expect.stringContaining('appSession=;')]);
  expect(await (await open('a')).json()).toEqual({ visits: 1 });
  expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
});

it('an application that sees the mark can end the session all the same', async () => {
  await save('a', signedIn('alice'));
  failReads();
  const answer = await open('a', '/forget');
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('appSession=;')]);
  failNothing();
  expect(await store.sessions.list({ ...relyingParty, sub: 'alice' })).toEqual([]);
});

it('a login during a failed read is saved, without what stood for the session', async () => {
  failReads();
  const standIn = await new Promise<object | undefined>((resolve, reject) => {
    store.get<object>('a', (error, session) => (error ? reject(error) : resolve(session ?? undefined)));
  });
  failNothing();
  const { data } = z.object({ data: z.custom<object>() }).parse(standIn);
  // As the library does: the same object, under another id.
  const login = signedIn('alice');
  await save('b', { ...login, data: Object.assign(data, login.data) });
  expect(await (await open('b')).json()).toEqual({ user: 'alice', visits: 2 });
});

it('a session whose item is spoilt is dropped, so that the user can sign in again', async () => {
  await save('a', signedIn('alice'));
  await proxy.client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: sessionKey(hashOf('a')),
      UpdateExpression: 'SET #data = :spoilt',
      ExpressionAttributeNames: { '#data': 'data' },
      ExpressionAttributeValues: { ':spoilt': '{' },
    }),
  );
  // The pointers to it cannot be told, so that its end is written and reported as failed.
  const answer = await open('a', '/logout');
  expect(answer.headers.get('set-cookie')).toContain('appSession=;');
  expect(await store.sessions.getOrEnd('a')).toBe('ended');
});

it('a session that has ended is not there, and its cookie goes', async () => {
  await save('a', signedIn('alice'));
  await store.sessions.endSessions({ ...relyingParty, sub: 'alice' }, epochSeconds());
  const answer = await open('a', '/logout');
  expect(answer.headers.get('set-cookie')).toContain('appSession=;');
});
