import express, { type Express } from 'express';
import { auth } from 'express-openid-connect';
import { decodeJwt } from 'jose';
import { ownRequestsOnly } from '../page/own-requests.ts';
import { pageHeaders, stylesheet } from '../page/page.ts';
import { answerProblems, type ProblemListener } from '../page/problems.ts';
import { dropLoggedOut, logoutCheck, SESSION_NAME, type SessionsTable, withLogin } from './logout-check.ts';
import { homePage, homeScript } from './pages.ts';

export interface MailSettings {
  readonly issuer: string;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Encrypts cookies. */
  readonly cookieSecret: string;
  readonly sessions: SessionsTable;
  /** Origin that may show the pages in frames; without it, none may. */
  readonly framedBy?: string;
  readonly onProblem?: ProblemListener;
}

/** A relying party with `express-openid-connect` whose sessions are in the browser's cookie. */
export function createMail(settings: MailSettings): Express {
  const { issuer, baseUrl, clientId, clientSecret, cookieSecret, onProblem } = settings;
  const check = logoutCheck(settings.sessions, issuer, clientId);

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
      session: { name: SESSION_NAME },
      afterCallback: (_request, _response, session) => withLogin(session, decodeJwt(session.id_token), check, clientId),
      // The page of the sample can hold the OP's answer back.
      httpTimeout: 280_000,
    }),
  );
  app.use(dropLoggedOut(check, clientId));
  app.post('/logout', ownRequestsOnly('mail', headers), (_request, response) => response.oidc.logout());
  app.get('/', (request, response) => {
    response.set(headers).send(homePage(request.oidc.user?.sub, 'ended' in request.query));
  });
  app.get('/session', (request, response) => {
    response.json({ isSignedIn: request.oidc.isAuthenticated() });
  });
  app.use(answerProblems('mail', headers, onProblem));
  return app;
}
