import { setFlagsFromString } from 'node:v8';
import { App, Stack } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { RelyingPartiesError } from '../receiver/relying-parties/relying-parties-error.ts';
import { environmentFor, givenSessionsTable, sessionsStack } from './app-sessions.ts';
import { ConfigurationError } from './configuration-error.ts';
import { type AppContext, readContext } from './context.ts';
import { deployedRelyingParties } from './deployed-relying-parties.ts';
import { readExtraCa } from './extra-ca.ts';
import { customDomainProps } from './front-door/custom-domain-context.ts';
import { LogoutReceiver } from './logout-receiver.ts';
import { monitoringProps } from './monitoring/monitoring-context.ts';
import { stagedName } from './stage.ts';

/**
 * The app with both stacks, as its context has it. A mistake in the configuration ends the process, having said why.
 *
 * It has the feature flags of cdk.json with it: where the package is deployed from, there is no such file.
 */
export function receiverApp(): App {
  // The CDK's validation is WebAssembly that runs for two seconds. V8 would spend as much CPU on optimizing it.
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
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

export interface AppStacks {
  readonly receiver: Stack;
  /** Undefined where the app is given a table. */
  readonly sessions: Stack | undefined;
}

/**
 * Two stacks: the sessions stand apart from the receiver, so that it can be deployed, rolled back or deleted without
 * touching a session. What is deployed is said on stderr, since stdout belongs to the templates.
 */
export function addStacks(app: App, context: AppContext): AppStacks {
  const { stage, sessionEndedEvents, frontchannelLogout, relyingPartiesInAppConfig, secretIds } = context;
  const { extraCaFile, reservedConcurrency } = context;
  const limitsAndParties = deployedRelyingParties(context, console.error);
  if (extraCaFile !== undefined) {
    console.error(`extra CA: ${extraCaFile}`);
    readExtraCa(extraCaFile).certificates.map((line) => console.error(`  ${line}`));
  }
  const env = environmentFor(context.sessions, process.env);
  const { given } = context.sessions;
  const sessions = given
    ? undefined
    : sessionsStack(app, stagedName(stage, 'LogoutReceiverSessions'), env, context.sessions);
  const receiver = new Stack(app, stagedName(stage, 'LogoutReceiver'), {
    description: 'logout-receiver: the back-channel logout endpoint',
    env,
  });
  // The CDK leaves this id out of logical ids: tables, queues and the API keep those that they had without the construct.
  new LogoutReceiver(receiver, 'Default', {
    ...limitsAndParties,
    ...(given && { sessionsTable: givenSessionsTable(receiver, given) }),
    ...(sessions && { sessionsTable: sessions.table }),
    sessionEndedEvents,
    frontchannelLogout,
    relyingPartiesInAppConfig,
    ...(secretIds && { secretIds }),
    ...customDomainProps(receiver, context.customDomain),
    ...monitoringProps(receiver, context.monitoring),
    ...(stage !== undefined && { stage }),
    ...(extraCaFile !== undefined && { extraCaFile }),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
  });
  return { receiver, sessions: sessions?.stack };
}
