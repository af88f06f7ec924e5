import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import type { LogoutReceiverProps } from '../../infra/logout-receiver.ts';
import { receiverStacks } from '../infra/receiver-stacks.ts';

// What is there by default is held to them by `npm run synth` too.
it.each<[string, Partial<LogoutReceiverProps>]>([
  ['nothing turned on', {}],
  ['session-ended events', { sessionEndedEvents: true }],
  ['front-channel logout', { frontchannelLogout: true }],
])('a receiver with %s meets the rules of cdk-nag', (_what, props) => {
  const { app } = receiverStacks(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});
