/** What was asked for cannot be understood. The message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The work cannot be done now: something outside does not answer, or refuses. The message says what to do about it. */
export class FailedError extends Error {
  override readonly name = 'FailedError';
}
