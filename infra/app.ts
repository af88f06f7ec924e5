import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RelyingPartiesError, readRelyingPartiesFile } from '../functions/relying-parties/relying-parties.ts';
import { ReceiverStack } from './stacks/receiver-stack.ts';
import { SessionsStack } from './stacks/sessions-stack.ts';

const app = new App();
const relyingPartiesFile = resolve(String(app.node.tryGetContext('relyingParties') ?? 'relying-parties.json'));
try {
  // Here and not at the first cold start: a mistake in the file must not be deployed.
  readRelyingPartiesFile(relyingPartiesFile);
} catch (error) {
  if (!(error instanceof RelyingPartiesError)) {
    throw error;
  }
  console.error(error.message);
  process.exit(1);
}

const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
new ReceiverStack(app, 'LogoutReceiver', { sessionsTable: sessions.table, relyingPartiesFile });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
