import type { RequestHandler } from 'express';
import type { PageHeaders } from './page.ts';
import { problemPage } from './problems.ts';

/**
 * Refuses requests that the application's own pages have not sent, so that no other page signs a user out (CSRF).
 * SameSite=Lax of the cookie keeps out other sites; this keeps out other origins of the same site too.
 *
 * Browsers send `Origin` with each POST. Behind a proxy that changes `Host`, compare it with the origin of the base URL.
 */
export function ownRequestsOnly(of: 'shop' | 'mail', headers: PageHeaders): RequestHandler {
  return ({ headers: { origin = '', host, 'sec-fetch-site': site = 'same-origin' } }, response, next) => {
    const isOwn = site === 'same-origin' && URL.canParse(origin) && new URL(origin).host === host;
    if (isOwn) {
      next();
    } else {
      response.status(403).set(headers).send(problemPage(of, 'This was asked for by another page. Nothing was done.'));
    }
  };
}
