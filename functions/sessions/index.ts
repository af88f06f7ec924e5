export type { LogoutScope, RelyingPartyIdentity, SidScope, SubjectScope } from './item-keys.ts';
export type { Session } from './session.ts';
export type { NewSession } from './session-creation.ts';
export { LoggedOutError, SessionExistsError, SessionNotFoundError } from './session-errors.ts';
export type { SessionChanges } from './session-saving.ts';
export { type LoginIdentity, SessionStore, type SessionStoreOptions } from './session-store.ts';
