import express, { type Express, type Request } from 'express';
import { auth } from 'express-openid-connect';
import { ownRequestsOnly } from '../page/own-requests.ts';
import { pageHeaders, stylesheet } from '../page/page.ts';
import { answerProblems, type ProblemListener } from '../page/problems.ts';
import { OpenPages } from './open-pages.ts';
import { homePage, homeScript } from './pages.ts';
import { readSessionEndedEvents, type SessionEndedListener } from './session-ended-events.ts';
import { type SessionsTable, sessionStore } from './sessions.ts';

export interface ShopSettings {
  readonly issuer: string;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Signs cookies. */
  readonly cookieSecret: string;
  readonly sessions: SessionsTable;
  /** Where session-ended events can be read. */
  readonly eventsUrl: string;
  /** Session-ended events are read until it is aborted. */
  readonly stopped: AbortSignal;
  /** Origin that may show the pages in frames; without it, none may. */
  readonly framedBy?: string;
  readonly onProblem?: ProblemListener;
}

/** A relying party with `express-openid-connect` whose sessions are in the receiver's table. */
export function createShop(settings: ShopSettings): Express {
  const { issuer, baseUrl, clientId, clientSecret, cookieSecret, eventsUrl, stopped, onProblem } = settings;
  const store = sessionStore(settings.sessions, issuer, clientId);
  const openPages = new OpenPages(store.sessions);
  const listener: SessionEndedListener = {
    onConnect: () => openPages.reopen(),
    onEnd: (creation) => openPages.end(creation),
    onProblem: (error) => onProblem?.(error),
  };
  void readSessionEndedEvents(eventsUrl, clientId, listener, stopped);

  const headers = pageHeaders(settings);
  const app = express();
  app.get('/style.css', (_request, response) => response.type('css').send(stylesheet));
  app.get('/home.js', (_request, response) => response.type('js').send(homeScript));
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: baseUrl,
      clientID: clientId,
      clientSecret,
      secret: cookieSecret,
      authRequired: false,
      // The library's own is a GET: a link in any page would sign the user out.
      routes: { logout: false },
      authorizationParams: { response_type: 'code', scope: 'openid' },
      session: { name: 'shop', store, signSessionStoreCookie: true },
      // The page of the sample can hold the OP's answer back.
      httpTimeout: 280_000,
    }),
  );
  app.post('/logout', ownRequestsOnly('shop', headers), (_request, response) => response.oidc.logout());
  app.get('/', (request, response) => {
    response.set(headers).send(homePage(request.oidc.user?.sub, 'ended' in request.query));
  });
  app.get('/session-end', (request, response) => openPages.open(response, sessionIdIn(request)));
  app.use(answerProblems('shop', headers, onProblem));
  return app;
}

/** Without its signature, which need not be checked here: the answer tells only that a session has ended. */
function sessionIdIn({ headers }: Request): string {
  return headers.cookie?.match(/(?:^|; )shop=([\w-]+)/)?.[1] ?? '';
}
