import { resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  RelyingPartiesError,
  readRelyingPartiesFile,
  secretIdsOf,
} from '../functions/relying-parties/relying-parties.ts';
import { ReceiverStack } from './stacks/receiver-stack.ts';
import { SessionsStack } from './stacks/sessions-stack.ts';

const app = new App();
const relyingPartiesFile = resolve(String(app.node.tryGetContext('relyingParties') ?? 'relying-parties.json'));
const secretIds = secretIdsIn(relyingPartiesFile);

const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
new ReceiverStack(app, 'LogoutReceiver', { sessionsTable: sessions.table, relyingPartiesFile, secretIds });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** Checks the file here and not at the first cold start: a mistake in it must not be deployed. */
function secretIdsIn(path: string): string[] {
  try {
    return secretIdsOf(readRelyingPartiesFile(path).relyingParties);
  } catch (error) {
    if (!(error instanceof RelyingPartiesError)) {
      throw error;
    }
    console.error(error.message);
    process.exit(1);
  }
}
