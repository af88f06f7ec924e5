// What `logout-receiver/cdk` exports.
export { ConfigurationError } from './configuration-error.ts';
export type { ReceiverFunction } from './constructs/receiver-function.ts';
export { EndpointType } from './front-door/endpoint-type.ts';
export type { FrontDoor } from './front-door/front-door.ts';
export type { FrontDoorProps } from './front-door/front-door-props.ts';
export { RegionRecord } from './front-door/region-record.ts';
export type { FunctionOptions } from './function-options.ts';
export { type CanaryOptions, LogoutDeployment } from './logout-deployment.ts';
export { LogoutReceiver, type LogoutReceiverFunctions, type LogoutReceiverProps } from './logout-receiver.ts';
export type { MonitoringProps } from './monitoring/monitoring-props.ts';
export { RelyingParties } from './relying-parties.ts';
export type { RelyingPartySettings, SecretSettings } from './relying-party-settings.ts';
export { SessionsTable, type SessionsTableProps } from './sessions-table.ts';
