// What `logout-receiver/cdk` exports.
export { ConfigurationError } from './configuration-error.ts';
export type { ReceiverFunction } from './constructs/receiver-function.ts';
export { LogoutReceiver, type LogoutReceiverFunctions, type LogoutReceiverProps } from './logout-receiver.ts';
export { RelyingParties } from './relying-parties.ts';
export type { RelyingPartySettings, SecretSettings } from './relying-party-settings.ts';
export { SessionsTable, type SessionsTableProps } from './sessions-table.ts';
