import type { ErrorRequestHandler } from 'express';
import { LoggedOutError } from 'logout-receiver/sessions';
import { html, type PageHeaders } from './page.ts';

/** `host` is that of the request, as the browser knows the application. */
export type ProblemListener = (error: unknown, host?: string) => void;

/** Answers requests that fail: a login that was logged out while it was under way, and all else. */
export function answerProblems(
  of: 'shop' | 'mail',
  headers: PageHeaders,
  onProblem: ProblemListener = () => undefined,
): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    onProblem(error, request.headers.host);
    if (response.headersSent) {
      next(error);
      return;
    }
    // What could not be sent was a redirect.
    response.removeHeader('location');
    if (error instanceof LoggedOutError) {
      const problem = 'This sign-in was refused: you were signed out while it was under way, or a moment before.';
      response.status(403).set(headers).send(problemPage(of, problem));
    } else {
      // Not the same page again: a callback works once.
      const problem = 'This cannot be answered now. The home page is tried every two seconds.';
      response
        .status(503)
        .set(headers)
        .send(problemPage(of, problem, true));
    }
  };
}

/** @param isPassing whether to open the home page in two seconds, which answers the same for as long as that lasts */
export function problemPage(of: 'shop' | 'mail', problem: string, isPassing = false): string {
  return html({
    of,
    body: `<p class="note" role="status">${problem}</p>
<p><a class="button" href="/login">Sign in</a> <a class="button second" href="/">Back</a></p>`,
    isPassing,
  });
}
