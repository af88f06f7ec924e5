import { type Request, Router } from 'express';
import 'express-session';
import type { LogoutUrl } from '../../../relying-party/logout-url/index.ts';

declare module 'express-session' {
  interface SessionData {
    idToken: string;
  }
}

/** Handles `POST /logout` and `GET /signed-out`, with sessions of `express-session` that keep the ID token. */
export function signOutRouter(logoutUrl: LogoutUrl): Router {
  const router = Router();
  router.post('/logout', async (request, response) => {
    const { idToken } = request.session;
    const begun = await logoutUrl.begin({ endSession: () => destroySession(request), idToken });
    response.clearCookie('connect.sid').set('cache-control', 'no-store');
    if (begun.outcome === 'redirect') {
      response.append('set-cookie', begun.setCookie).redirect(303, begun.url);
    } else {
      console.error(begun.error);
      response.send('Signed out here. You are still signed in at the OP.');
    }
  });
  router.get('/signed-out', ({ query, headers }, response) => {
    const { outcome, setCookie } = logoutUrl.finish({ state: query.state, cookie: headers.cookie });
    if (outcome === 'ok') {
      response.append('set-cookie', setCookie).send('You have signed out.');
    } else {
      response.redirect(303, '/');
    }
  });
  return router;
}

function destroySession({ session }: Request): Promise<void> {
  return new Promise((resolve, reject) => session.destroy((error) => (error ? reject(error) : resolve())));
}
