export type { HintOutcome } from './id-token-hint.ts';
export type { StateOutcome } from './logout-state.ts';
export {
  type LocalLogout,
  type LogoutRedirect,
  type LogoutReturn,
  LogoutUrl,
  type LogoutUrlOptions,
  type SignOut,
} from './logout-url.ts';
export { EndSessionEndpointError, type EndSessionEndpointProblem, SessionNotEndedError } from './logout-url-errors.ts';
export type { DecryptionKey, EncryptionHeader, FindDecryptionKey } from './token-decryption.ts';
