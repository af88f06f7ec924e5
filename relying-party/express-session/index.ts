export { ExpressSessionStore, type ExpressSessionStoreOptions } from './express-session-store.ts';
export { extendStore } from './extended-store.ts';
export {
  expressOpenidConnect,
  type IdentityOf,
  passportOpenidconnect,
  type SessionIdentity,
} from './session-identity.ts';
