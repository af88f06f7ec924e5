/** Why the local run cannot start or go on. The message is one line, made for the person at the terminal. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
