import { App, Validations } from 'aws-cdk-lib';
import { RelyingPartiesError, secretIdsOf } from '../receiver/relying-parties/relying-parties.ts';
import { ConfigurationError } from './configuration-error.ts';
import { readContext } from './context.ts';
import { deployedRelyingParties } from './deployed-relying-parties.ts';
import { readExtraCa } from './extra-ca.ts';
import { ReceiverStack } from './stacks/receiver-stack.ts';
import { SessionsStack } from './stacks/sessions-stack.ts';

const app = new App();
const { relyingPartiesFile, secretIds, sessionEndedEvents, extraCaFile } = configured();

const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
new ReceiverStack(app, 'LogoutReceiver', {
  sessionsTable: sessions.table,
  relyingPartiesFile,
  secretIds,
  sessionEndedEvents,
  ...(extraCaFile !== undefined && { extraCaFile }),
});
// The local run deploys nothing and turns the CDK's validation off: to load the rules takes seconds.
if (process.env.CDK_VALIDATION !== 'false') {
  const { AwsSolutionsChecks } = await import('cdk-nag');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
app.synth();

/** Checked here and not at the first cold start: a mistake must not be deployed. stdout belongs to the templates. */
function configured() {
  try {
    const context = readContext(app.node);
    const secretIds = secretIdsOf(deployedRelyingParties(context, console.error));
    if (context.extraCaFile !== undefined) {
      console.error(`extra CA: ${context.extraCaFile}`);
      readExtraCa(context.extraCaFile).map((line) => console.error(`  ${line}`));
    }
    return { ...context, secretIds };
  } catch (error) {
    if (!(error instanceof RelyingPartiesError || error instanceof ConfigurationError)) {
      throw error;
    }
    console.error(error.message);
    process.exit(1);
  }
}
