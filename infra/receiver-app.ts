import { App } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { RelyingPartiesError, secretIdsOf } from '../receiver/relying-parties/relying-parties.ts';
import { ConfigurationError } from './configuration-error.ts';
import { readContext } from './context.ts';
import { deployedRelyingParties } from './deployed-relying-parties.ts';
import { readExtraCa } from './extra-ca.ts';
import { ReceiverStack } from './stacks/receiver-stack.ts';
import { SessionsStack } from './stacks/sessions-stack.ts';

/**
 * The app with both stacks, as its context has it. A mistake in the configuration ends the process, having said why.
 *
 * It has the feature flags of cdk.json with it: where the package is deployed from, there is no such file.
 */
export function receiverApp(): App {
  try {
    return configuredApp();
  } catch (error) {
    if (!(error instanceof RelyingPartiesError || error instanceof ConfigurationError)) {
      throw error;
    }
    console.error(error.message);
    process.exit(1);
  }
}

/** Checked here and not at the first cold start: a mistake must not be deployed. stdout belongs to the templates. */
function configuredApp(): App {
  const app = new App({ context: cdk.context });
  const context = readContext(app.node);
  const { relyingPartiesFile, sessionEndedEvents, frontchannelLogout, extraCaFile } = context;
  const secretIds = secretIdsOf(deployedRelyingParties(context, console.error));
  if (extraCaFile !== undefined) {
    console.error(`extra CA: ${extraCaFile}`);
    readExtraCa(extraCaFile).map((line) => console.error(`  ${line}`));
  }
  const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
  new ReceiverStack(app, 'LogoutReceiver', {
    sessionsTable: sessions.table,
    relyingPartiesFile,
    secretIds,
    sessionEndedEvents,
    frontchannelLogout,
    ...(extraCaFile !== undefined && { extraCaFile }),
  });
  return app;
}
