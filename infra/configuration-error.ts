/** Why the app cannot be synthesized with what it is given. The message is one line, made for the person at the terminal. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
