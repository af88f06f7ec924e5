/** The login that asked for a session was logged out before it got one. Send the user to sign in again. */
export class LoggedOutError extends Error {
  override readonly name = 'LoggedOutError';
  readonly code = 'logged_out';

  constructor(options?: ErrorOptions) {
    super('a logout at or after the ID token was issued covers this login', options);
  }
}

/** The subject has as many newer sessions as it may have; the one that was asked for has ended. */
export class SessionLimitError extends Error {
  override readonly name = 'SessionLimitError';
  readonly code = 'session_limit';

  constructor() {
    super('the subject has as many newer sessions as it may have');
  }
}

/** There is no such session, or it is over: it was logged out, deleted, or has expired. */
export class SessionNotFoundError extends Error {
  override readonly name = 'SessionNotFoundError';
  readonly code = 'session_not_found';

  constructor() {
    super('no live session has this id');
  }
}

/** A live session has the id given to `create`; it was not touched. */
export class SessionExistsError extends Error {
  override readonly name = 'SessionExistsError';
  readonly code = 'session_exists';

  constructor() {
    super('a live session has this id');
  }
}
