export type { LogoutScope, RelyingPartyIdentity, SidScope, SubjectScope } from './item-keys.ts';
export type { LoginIdentity } from './login-identity.ts';
export { LogoutCheck, type LogoutCheckOptions } from './logout-check.ts';
export type { Session } from './session.ts';
export type { NewSession } from './session-creation.ts';
export { LoggedOutError, SessionExistsError, SessionLimitError, SessionNotFoundError } from './session-errors.ts';
export type { SessionChanges } from './session-saving.ts';
export { SessionStore } from './session-store.ts';
export type { SessionStoreOptions } from './session-store-options.ts';
