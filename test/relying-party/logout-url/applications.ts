import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import session from 'express-session';
import * as z from 'zod/mini';
import { ExpressSessionStore, extendStore } from '../../../relying-party/express-session/index.ts';
import { LogoutUrl, type LogoutUrlOptions } from '../../../relying-party/logout-url/index.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { type Login, OpenidLogin, type TokenSettings } from '../../end-to-end/openid-login.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import type { TestTable } from '../../tables.ts';
import { signOutRouter } from './express-sign-out.ts';
import { signOutHandlers } from './fetch-sign-out.ts';

/** An application that signs users in and out, and says at `/` who is signed in. */
export interface Application {
  readonly url: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

export interface Client extends TokenSettings, Pick<LogoutUrlOptions, 'decryptionKey'> {
  readonly issuer: string;
  readonly clientId: string;
}

/** How an application keeps its sessions. */
interface Sessions {
  configure(app: Express, logoutUrl: LogoutUrl): void;
  signIn(request: Request, response: Response, login: Login): Promise<void>;
  userOf(request: Request): Promise<string | undefined>;
}

/** An application without a framework for sessions: its cookie holds the id of one in the SessionStore. */
export async function startFetchApplication(client: Client, table: TestTable): Promise<Application> {
  const { issuer, clientId } = client;
  const store = new SessionStore({ ...table, relyingParty: { issuer, clientId } });
  return await startApplication(client, {
    configure(app, logoutUrl) {
      const { logout, signedOut } = signOutHandlers(logoutUrl, store);
      app.post('/logout', async (request, response) => answer(response, await logout(fetchRequest(request))));
      app.get('/signed-out', (request, response) => answer(response, signedOut(fetchRequest(request))));
    },
    async signIn(_request, response, { idToken, ...login }) {
      const expiresAt = Math.floor(Date.now() / 1000) + 3600;
      const { id } = await store.create({ ...login, clientId, expiresAt, data: { idToken } });
      response.cookie('session', id, { httpOnly: true });
    },
    async userOf({ headers }) {
      return (await store.get(/(?:^|; )session=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? ''))?.sub;
    },
  });
}

function fetchRequest({ method, url, headers: { cookie = '' } }: Request): globalThis.Request {
  return new Request(new URL(url, 'http://localhost'), { method, headers: { cookie } });
}

async function answer(response: Response, { status, headers, body }: globalThis.Response): Promise<void> {
  response.status(status).setHeaders(headers);
  response.send(body ? await new globalThis.Response(body).text() : undefined);
}

const LoginOfSession = z.object({
  issuer: z.string(),
  sub: z.string(),
  sid: z.optional(z.string()),
  idTokenIssuedAt: z.number(),
});

/** An application with `express-session`, whose sessions are in an ExpressSessionStore. */
export async function startExpressApplication(client: Client, table: TestTable): Promise<Application> {
  const { issuer, clientId } = client;
  const loginOf = (content: object) => ('login' in content ? LoginOfSession.parse(content.login) : undefined);
  const store = new ExpressSessionStore({
    ...table,
    relyingParty: { issuer, clientId },
    identityOf(content) {
      const login = loginOf(content);
      return login && { ...login, clientId };
    },
  });
  return await startApplication(client, {
    configure(app, logoutUrl) {
      const secret = randomBytes(32).toString('base64url');
      app.use(session({ secret, resave: false, saveUninitialized: false, store: extendStore(session.Store, store) }));
      app.use(signOutRouter(logoutUrl));
    },
    async signIn(request, _response, { idToken, ...login }) {
      Object.assign(request.session, { login, idToken });
      await new Promise<void>((resolve, reject) => {
        request.session.save((error: unknown) => (error ? reject(error) : resolve()));
      });
    },
    userOf: async (request) => loginOf(request.session)?.sub,
  });
}

async function startApplication(client: Client, sessions: Sessions): Promise<Application> {
  const { issuer, clientId, decryptionKey } = client;
  const server = createServer();
  const url = await listen(server);
  const openidLogin = new OpenidLogin(issuer, clientId, `${url}/callback`, client);
  const app = express();
  sessions.configure(
    app,
    new LogoutUrl({
      relyingParty: { issuer, clientId },
      postLogoutRedirectUri: `${url}/signed-out`,
      ...(decryptionKey && { decryptionKey }),
    }),
  );
  app.get('/login', async (_request, response) => response.redirect(await openidLogin.authorizationUrl()));
  app.get('/callback', async (request, response) => {
    await sessions.signIn(request, response, await openidLogin.loginFrom(new URL(request.url, url)));
    response.redirect('/');
  });
  app.get('/', async (request, response) => {
    const user = await sessions.userOf(request);
    response.send(user === undefined ? 'anonymous' : `signed in as ${user}`);
  });
  const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).send(`failed with ${error.code ?? error}`);
  };
  app.use(answerError);
  server.on('request', app);
  return { url, clientId, stop: () => stopServer(server) };
}
