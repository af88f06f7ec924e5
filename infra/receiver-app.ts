import { App, Stack } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { RelyingPartiesError } from '../receiver/relying-parties/relying-parties.ts';
import { ConfigurationError } from './configuration-error.ts';
import { type AppContext, readContext } from './context.ts';
import { deployedRelyingParties } from './deployed-relying-parties.ts';
import { readExtraCa } from './extra-ca.ts';
import { LogoutReceiver } from './logout-receiver.ts';
import { addOutputs } from './outputs.ts';
import { SessionsTable } from './sessions-table.ts';
import { stagedName } from './stage.ts';

/**
 * The app with both stacks, as its context has it. A mistake in the configuration ends the process, having said why.
 *
 * It has the feature flags of cdk.json with it: where the package is deployed from, there is no such file.
 */
export function receiverApp(): App {
  const app = new App({ context: cdk.context });
  try {
    addStacks(app, readContext(app.node));
  } catch (error) {
    if (!(error instanceof RelyingPartiesError || error instanceof ConfigurationError)) {
      throw error;
    }
    console.error(error.message);
    process.exit(1);
  }
  return app;
}

/**
 * Two stacks: the sessions stand apart from the receiver, so that it can be deployed, rolled back or deleted without
 * touching a session. What is deployed is said on stderr, since stdout belongs to the templates.
 */
export function addStacks(app: App, context: AppContext): { readonly receiver: Stack; readonly sessions: Stack } {
  const { stage, sessionEndedEvents, frontchannelLogout, extraCaFile } = context;
  const limitsAndParties = deployedRelyingParties(context, console.error);
  if (extraCaFile !== undefined) {
    console.error(`extra CA: ${extraCaFile}`);
    readExtraCa(extraCaFile).certificates.map((line) => console.error(`  ${line}`));
  }
  const sessions = new Stack(app, stagedName(stage, 'LogoutReceiverSessions'), {
    description: 'logout-receiver: the sessions of the relying parties',
    terminationProtection: true,
  });
  const { table } = new SessionsTable(sessions, 'SessionsTable');
  addOutputs(sessions, [
    ['SessionsTableName', table.tableName, 'Table name that relying parties give to SessionStore'],
  ]);
  const receiver = new Stack(app, stagedName(stage, 'LogoutReceiver'), {
    description: 'logout-receiver: the back-channel logout endpoint',
  });
  // The CDK leaves this id out of logical ids: tables, queues and the API keep those that they had without the construct.
  new LogoutReceiver(receiver, 'Default', {
    ...limitsAndParties,
    sessionsTable: table,
    sessionEndedEvents,
    frontchannelLogout,
    ...(stage !== undefined && { stage }),
    ...(extraCaFile !== undefined && { extraCaFile }),
  });
  return { receiver, sessions };
}
