import type { LogoutReceiverProps } from '../../infra/logout-receiver.ts';

/**
 * Receivers with each of their properties, by what they have: all are held to the rules of cdk-nag and of cfn-lint. What
 * is there by default is held to cdk-nag's by `npm run synth` too.
 */
export const RECEIVER_VARIANTS: readonly (readonly [what: string, props: Partial<LogoutReceiverProps>])[] = [
  ['nothing turned on', {}],
  ['a stage', { stage: 'test' }],
  ['session-ended events', { sessionEndedEvents: true }],
  ['front-channel logout', { frontchannelLogout: true }],
];
