import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { auth } from 'express-openid-connect';
import session, { type SessionOptions } from 'express-session';
import { Passport } from 'passport';
import { type Profile, Strategy, type VerifyCallback } from 'passport-openidconnect';
import * as z from 'zod/mini';
import { type ExpressSessionStore, extendStore } from '../../relying-party/express-session/index.ts';
import { LoggedOutError } from '../../relying-party/sessions/index.ts';
import { listen, stopServer } from '../loopback-server.ts';

/**
 * An application: `/login` sends the browser to the OP, `/` says who is signed in and counts the visits, and `/slow`
 * does so too once it is let go.
 */
export interface ExpressRelyingParty {
  readonly url: string;
  /** Waits until a request to `/slow` has read its session; what it returns lets that request go on. */
  slowRequest(): Promise<() => void>;
  stop(): Promise<void>;
}

export interface ClientSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Visit {
  /** Who is signed in, and undefined where nobody is. */
  userOf(request: Request): string | undefined;
  count(request: Request): void;
}

/** An application with `express-openid-connect`. */
export async function startOpenidConnectApp(
  { issuer, clientId, clientSecret }: ClientSettings,
  store: ExpressSessionStore,
): Promise<ExpressRelyingParty> {
  return await startApp(
    (app, url) => {
      app.use(
        auth({
          issuerBaseURL: issuer,
          baseURL: url,
          clientID: clientId,
          clientSecret,
          secret: 'a secret of this test run, of enough bytes',
          authRequired: false,
          authorizationParams: { response_type: 'code', scope: 'openid' },
          session: { store },
        }),
      );
    },
    {
      userOf: (request) => request.oidc.user?.sub,
      count(request) {
        const { appSession } = z.object({ appSession: z.looseObject({}) }).parse(request);
        appSession.visits = Number(appSession.visits ?? 0) + 1;
      },
    },
  );
}

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

const User = z.object({ id: z.string(), idToken: z.string() });

/** What applications do with the user of a session once its tokens have been refreshed. */
const CHANGES = {
  async 'logs in again'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.login(user, done))();
  },
  async 'logs in again and keeps the session’s information'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.login(user, { session: true, keepSessionInfo: true }, done))();
  },
  async 'regenerates the session and copies the user'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.session.regenerate(done))();
    await nextTurn();
    Object.assign(request.session, { passport: { user } });
  },
  async 'regenerates the session, saves it, and then copies the user'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.session.regenerate(done))();
    await promisify((done: Done) => request.session.save(done))();
    Object.assign(request.session, { passport: { user } });
  },
  async 'regenerates the session twice and copies the user'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.session.regenerate(done))();
    await promisify((done: Done) => request.session.regenerate(done))();
    Object.assign(request.session, { passport: { user } });
  },
  async 'destroys the session and logs in to another one'(request: Request, user: Express.User) {
    await promisify((done: Done) => request.session.destroy(done))();
    await nextTurn();
    request.sessionStore.generate(request);
    await promisify((done: Done) => request.login(user, done))();
  },
  async 'keeps the refreshed token in the session'(request: Request, user: Express.User) {
    Object.assign(request.session, { passport: { user } });
  },
};
type Change = keyof typeof CHANGES;
export const changes: readonly Change[] = Object.keys(CHANGES).filter((name): name is Change => name in CHANGES);
type Done = (error?: unknown) => void;

/** An application with `express-session`, `passport` and `passport-openidconnect`. */
export async function startPassportApp(
  { issuer, clientId, clientSecret }: ClientSettings,
  store: ExpressSessionStore,
  settings: Omit<SessionOptions, 'secret' | 'store'>,
): Promise<ExpressRelyingParty> {
  return await startApp(
    (app, url) => {
      const passport = new Passport();
      passport.serializeUser((user, done) => done(null, User.parse(user)));
      passport.deserializeUser((user, done) => done(null, User.parse(user)));
      passport.use(
        'op',
        new Strategy(
          {
            issuer,
            authorizationURL: `${issuer}/auth`,
            tokenURL: `${issuer}/token`,
            userInfoURL: `${issuer}/me`,
            clientID: clientId,
            clientSecret,
            callbackURL: `${url}/callback`,
          },
          (_issuer: string, { id }: Profile, _context: object, idToken: string | object, done: VerifyCallback) =>
            done(null, User.parse({ id, idToken })),
        ),
      );
      app.use(session({ ...settings, secret: 'a secret', store: extendStore(session.Store, store) }));
      app.use(passport.session());
      app.get('/login', passport.authenticate('op'));
      app.get('/refresh', async (request, response) => {
        const body = new URLSearchParams({ grant_type: 'refresh_token' });
        const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
        const { id_token: idToken } = z.object({ id_token: z.string() }).parse(await answer.json());
        const change = z.enum(changes).parse(request.query.change);
        await CHANGES[change](request, { ...User.parse(request.user), idToken });
        response.send('refreshed');
      });
      app.get('/callback', passport.authenticate('op'), (_request, response) => response.redirect('/'));
    },
    {
      userOf: (request) => User.safeParse(request.user).data?.id,
      count(request) {
        request.session.visits = (request.session.visits ?? 0) + 1;
      },
    },
  );
}

async function startApp(
  configure: (app: Express, url: string) => void,
  { userOf, count }: Visit,
): Promise<ExpressRelyingParty> {
  const server = createServer();
  const url = await listen(server);
  const events = new EventEmitter();
  const app = express();
  configure(app, url);
  const visit = (request: Request, response: Response) => {
    const user = userOf(request);
    count(request);
    response.send(user === undefined ? 'anonymous' : `signed in as ${user}`);
  };
  app.get('/', visit);
  app.get('/slow', async (request, response) => {
    const letGo = once(events, 'let go');
    events.emit('arrived');
    await letGo;
    visit(request, response);
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (error instanceof LoggedOutError) {
      // The answer that could not be sent was a redirect, and would stay one.
      response.status(403).send('logged out meanwhile');
    } else {
      next(error);
    }
  });
  server.on('request', app);
  return {
    url,
    async slowRequest() {
      await once(events, 'arrived');
      return () => events.emit('let go');
    },
    stop: () => stopServer(server),
  };
}
