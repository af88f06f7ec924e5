import { Validations } from 'aws-cdk-lib';
import { receiverApp } from './receiver-app.ts';

const app = receiverApp();
// The local run deploys nothing and turns the CDK's validation off: to load the rules takes seconds.
if (process.env.CDK_VALIDATION !== 'false') {
  const { AwsSolutionsChecks, ServerlessChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
app.synth();
