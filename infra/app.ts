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
const sessionEndedEvents = isOn('sessionEndedEvents');

const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
new ReceiverStack(app, 'LogoutReceiver', {
  sessionsTable: sessions.table,
  relyingPartiesFile,
  secretIds,
  sessionEndedEvents,
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** Reads a context value that is off where it is not given. The command line knows texts only, cdk.json booleans too. */
function isOn(name: string): boolean {
  const value = String(app.node.tryGetContext(name) ?? false);
  if (value !== 'true' && value !== 'false') {
    console.error(`context ${name}: ${value}: allowed is true or false`);
    process.exit(1);
  }
  return value === 'true';
}

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
