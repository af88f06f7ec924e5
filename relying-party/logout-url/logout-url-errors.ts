/** `endSession` failed: the user is still signed in, and must not be told otherwise. Its `cause` is what was thrown. */
export class SessionNotEndedError extends Error {
  override readonly name = 'SessionNotEndedError';
  readonly code = 'session_not_ended';

  constructor(options: ErrorOptions) {
    super('the session could not be ended, so the user is still signed in', options);
  }
}

/**
 * - `discovery_unavailable`: the issuer's discovery document cannot be fetched.
 * - `discovery_invalid`: what was fetched is no discovery document of the issuer, or its endpoint is not https.
 * - `end_session_endpoint_missing`: the issuer has no end-session endpoint.
 */
export type EndSessionEndpointProblem = 'discovery_unavailable' | 'discovery_invalid' | 'end_session_endpoint_missing';

/** It is not known where the OP signs users out. Holds nothing about a user. */
export class EndSessionEndpointError extends Error {
  override readonly name = 'EndSessionEndpointError';
  readonly code: EndSessionEndpointProblem;

  constructor(code: EndSessionEndpointProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
