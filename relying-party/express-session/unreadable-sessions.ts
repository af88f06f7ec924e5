interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/**
 * Sessions of nobody, which stand for what could not be read.
 *
 * `express-openid-connect` takes a failed read for a session that is over: it destroys the session and deletes the
 * cookie, and the user is signed out for good. These it keeps, and to save one fails as the read did: so the request
 * fails, also one that was to sign the user out.
 */
export class UnreadableSessions {
  readonly #failures = new WeakMap<object, Failure>();

  /**
   * @param now epoch seconds
   * @param expiresAt epoch seconds
   */
  standInFor(id: string, error: unknown, now: number, expiresAt: number): object {
    // What is empty counts as over too.
    const data = { sessionUnavailable: true };
    this.#failures.set(data, { id, error });
    return { header: { iat: now, uat: now, exp: expiresAt }, data };
  }

  /**
   * @returns the session to be saved: where somebody has signed in, the middleware has made it of the one that it had
   * @throws what the read failed with, where nothing is known of what the session holds
   */
  requireReadable(id: string, session: object): object {
    const failure = hasData(session) ? this.#failures.get(session.data) : undefined;
    if (failure?.id === id) {
      throw failure.error;
    }
    return failure && hasData(session)
      ? { ...session, data: { ...session.data, sessionUnavailable: undefined } }
      : session;
  }
}

function hasData(session: object): session is { readonly data: object } {
  return 'data' in session && typeof session.data === 'object' && session.data !== null;
}
