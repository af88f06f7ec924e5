import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import { receiverStacks } from '../infra/receiver-stacks.ts';
import { RECEIVER_VARIANTS } from '../infra/receiver-variants.ts';

it.each(RECEIVER_VARIANTS)('a receiver with %s meets the rules of cdk-nag', (_what, props) => {
  const { app } = receiverStacks(props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  expect(() => app.synth()).not.toThrow();
});
